"""The simple socket: ICE candidates of a page after its offer; without an id, the sentences of the latest dictation."""

import json
import time
import uuid
from typing import Any

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.translation import gettext as _

from ...core.allowance import Allowance
from ...core.json_text import decoded
from ...live.exchange import add_candidates
from ...live.signaling import admission
from ...models import ApiToken, Scope, Session
from ...protocol.commands import group
from ...protocol.messages import MessageError
from ...tokens.admission import Refusal
from ..sockets.consumer import TokenConsumer
from .frame import token_of
from .names import Name
from .views import named, newest


class SimpleConsumer(TokenConsumer):
    """`{"type": "candidate", "payload": {"candidate", …}}` comes in; `{"event": "transcript", "text"}` goes out."""

    dialect = "simple"
    scope_needed = Scope.LIVE

    watched: uuid.UUID | None = None
    """The session whose sentences are told."""
    told = 0
    """The number of the last sentence that was told."""

    def sent_token(self) -> str:
        return super().sent_token() or token_of(self.request)

    async def connect(self) -> None:
        if settings.SIMPLE_ENDPOINTS:
            await super().connect()
        else:
            await self.close()

    async def opened(self, token: ApiToken) -> None:
        self.rate = Allowance(settings.LIMIT_MESSAGES_PER_SECOND, 3 * settings.LIMIT_MESSAGES_PER_SECOND)
        asked = self.request.GET.get("id")
        self.name = None if asked is None else Name.of(asked)
        if self.name is not None:
            await self.own(token, self.name)
        else:
            await self.watch_newest(token)

    async def text(self, data: str) -> None:
        token = self.token
        if self.name is None or token is None:
            raise Refusal(400, "malformed", _("Connect with an id to send candidates."))
        if not self.rate.take(time.monotonic()):
            raise Refusal(429, "rate_limited", _("Too many messages."))
        candidate = _candidate_in(data)
        session = await self.own(token, self.name)
        # All candidates of the server are in its answer, so that the end of the page's ones says nothing.
        if candidate:
            await add_candidates(session.pk, session.gen, [candidate])

    async def sound(self, data: bytes) -> None:
        raise Refusal(400, "malformed", _("Messages must be text, not binary."))

    async def tick(self, now: float) -> None:
        if self.name is None and self.token is not None:
            await self.watch_newest(self.token)

    async def closed(self, code: int) -> None:
        await self.watch(None)

    async def own(self, token: ApiToken, name: Name) -> Session:
        """The dictation with this name. Raises Refusal."""
        session: Session | None = await database_sync_to_async(named)(token, name)
        if session is None:
            raise Refusal(404, "not_found", _("No dictation has this id. Send its offer first."), param="id")
        return session

    async def watch_newest(self, token: ApiToken) -> None:
        session: Session | None = await database_sync_to_async(newest)(token)
        if session is None or session.pk == self.watched:
            return
        # What was said before is for the history.
        is_first = self.watched is None
        await self.watch(session.pk)
        self.told = session.last_seq if is_first else 0
        await self.tell()

    async def watch(self, session: uuid.UUID | None) -> None:
        if self.watched is not None:
            await self.channel_layer.group_discard(group(str(self.watched)), self.channel_name)
        self.watched = session
        if session is not None:
            await self.channel_layer.group_add(group(str(session)), self.channel_name)

    async def tell(self) -> None:
        """Tells the sentences that are new in the database."""
        if self.watched is None or self.token is None:
            return
        finals = database_sync_to_async(admission.finals)
        try:
            while page := await finals(self.token.user, self.watched, self.told):
                for final in page:
                    self.told = final["seq"]
                    if final["text"]:
                        sentence = {"event": "transcript", "text": final["text"]}
                        await self.send(json.dumps(sentence, ensure_ascii=False))
        except MessageError:
            # It was deleted.
            await self.watch(None)

    # Events of the channel layer.

    async def session_event(self, event: dict[str, Any]) -> None:
        if event["payload"]["type"] == "final":
            await self.tell()

    async def session_heartbeat(self, event: dict[str, Any]) -> None:
        if event["last_seq"] > self.told:
            await self.tell()

    async def session_changed(self, event: dict[str, Any]) -> None:
        """Corrections are not told."""

    async def session_taken(self, event: dict[str, Any]) -> None:
        """Is for whoever has offered."""


def _candidate_in(data: str) -> str:
    """The candidate line in a message; empty at the end of them. Raises Refusal."""
    try:
        match decoded(data):
            case {"type": "candidate", "payload": {"candidate": str(line)}}:
                if len(line) <= settings.LIMIT_CANDIDATE_BYTES:
                    return line
            case {"type": "candidate", "payload": None | {"candidate": None}}:
                return ""
    except ValueError:
        pass
    raise Refusal(400, "malformed", _("Send {“type”: “candidate”, “payload”: {“candidate”: “…”}}."))
