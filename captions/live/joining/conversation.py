"""Handles the messages of the socket of a device that has joined a dictation."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async

from ...models import User
from ...protocol import messages
from ...protocol.commands import SECOND
from ...protocol.messages import MessageError
from ..signaling.admission import Admitted
from ..signaling.conversation import Conversation
from ..signaling.dispatch import lost
from . import grants, joining
from .grants import Grant


class DeviceConversation(Conversation):
    """The signaling of a device: its microphone goes into the session beside the page's, and it hears the text.

    It may send no settings, stop nothing but itself, and hears nothing of the page's connections.
    """

    def __init__(
        self,
        grant: Grant,
        cookie: str,
        channel: str,
        layer: Any,
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        super().__init__(User(pk=grant.user), grant.session, grant.login, channel, layer, send, source=SECOND)
        self._grant = grant
        self._cookie = cookie

    async def begin(self, now: float) -> None:
        await self._check()
        await super().begin(now)

    async def pass_on(self, payload: dict[str, Any]) -> None:
        match payload:
            case {"type": "media", "source": "second", "state": state}:
                await self._note(heard=int(state == "live"))
            case {"type": "error", "source": "second"} | {"type": "answer"}:
                pass
            case {"type": "partial" | "final" | "recovered" | "speech"}:
                pass
            case {"type": "media", "state": "ended"} if not payload.get("source"):
                pass
            case {"type": "error", "code": "worker_lost" | "worker_leaves"}:
                # With the worker the connection is gone, too.
                pass
            case _:
                return
        await super().pass_on(payload)

    async def _send(self, payload: dict[str, Any]) -> None:
        match payload["type"]:
            case "final":
                # What a command has changed can be undone by the owner alone.
                payload = {name: value for name, value in payload.items() if name != "command"}
            case "safe":
                return
        await super()._send(payload)

    async def recheck(self) -> None:
        """Raises MessageError if the device may not go on."""
        await self._recheck()

    def _parse(self, text: str | None) -> messages.ClientMessage:
        return messages.parse_of_device(text)

    async def _stands(self, ready: dict[str, Any]) -> dict[str, Any]:
        gen = await sync_to_async(grants.gen_of, thread_sensitive=False)(self._grant.session)
        return {**ready, "gen": gen, "roads": [each for each in ready["roads"] if each == "webrtc"]}

    async def _stay(self) -> None:
        await self._presence.enter()
        await self._note()

    async def _offer(self, offer: messages.Offer, now: float) -> None:
        try:
            session = await self._check()
            gen = await sync_to_async(grants.gen_of, thread_sensitive=False)(session.pk)
            if offer.gen <= gen:
                raise MessageError("stale_gen", f"The gen of an offer must be higher than {gen}.")
            await self._note(gen=offer.gen, heard=0)
            admitted = await database_sync_to_async(_admitted)(session)
            await self._dispatcher.offer(messages.Offer(offer.gen, offer.sdp), admitted, now)
        except Exception:
            self._limits.answered()
            raise

    async def _control(self, message: messages.Control) -> None:
        if isinstance(message, messages.Stop):
            # Once that is done the socket is closed by what the page is told of it.
            await sync_to_async(joining.remove, thread_sensitive=False)(self._grant.session)
            raise joining.left()
        await self._check()
        if not await self._dispatcher.control(message):
            raise lost()

    async def _check(self) -> Any:
        return await database_sync_to_async(joining.check)(self._grant)

    async def _recheck(self) -> None:
        try:
            if await sync_to_async(grants.of_cookie, thread_sensitive=False)(self._cookie) is None:
                raise joining.left()
            session = await self._check()
        except MessageError:
            await self._dispatcher.control(messages.Stop())
            raise
        if session.last_seq > self._shown_seq:
            await self._replay(self._shown_seq)

    async def _note(self, **facts: int) -> None:
        await sync_to_async(grants.note, thread_sensitive=False)(self._grant.session, **facts)


def _admitted(session: Any) -> Admitted:
    """How the page of the session wants it to be listened to: a device has no say in that."""
    return Admitted(
        session.language,
        session.paused,
        session.wanted_endpointing,
        session.effective_vocabulary,
        session.wants_translation,
        session.wants_commands,
    )
