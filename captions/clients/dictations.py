"""Dictations that programs begin with the offer of a peer connection."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import DatabaseError
from redis import RedisError

from ..live.exchange import Answer, exchange, stop
from ..live.signaling.admission import Program
from ..models import ApiToken, Session
from ..protocol.messages import MessageError, Settings
from ..tokens.admission import Refusal
from ..transcripts.forms.session import SessionForm
from ..web.form_errors import first_error


@dataclass(frozen=True, slots=True)
class Published:
    """Sound that is on its way: the dictation, and the answer to its offer."""

    session: uuid.UUID
    answer: Answer


class Wanted:
    """What a program asks for with its offer, checked: the `title` and `language` of a new dictation."""

    def __init__(self, form: SessionForm, settings: Settings) -> None:
        self._form = form
        self.settings = settings

    @classmethod
    async def of(cls, token: ApiToken, asked: Mapping[str, str]) -> "Wanted":
        """Raises Refusal."""
        form = await sync_to_async(_checked)(token, asked)
        return cls(form, Settings(language=asked.get("language")))

    async def begin(self, sdp: str, program: Program) -> Published:
        """Offers sound to a new dictation; if the offer is refused, none is left. Raises MessageError."""
        user = program.token.user
        session: Session = await database_sync_to_async(self._form.save)()
        try:
            answer = await exchange(user, session.pk, sdp, program, wanted=self.settings)
        except Exception:
            # A store that is away will have it end by itself.
            with suppress(MessageError, RedisError, DatabaseError):
                await stop(user, session.pk)
            raise
        return Published(session.pk, answer)


def _checked(token: ApiToken, asked: Mapping[str, str]) -> SessionForm:
    form = SessionForm(
        {"title": asked.get("title", ""), "language": asked.get("language", "")},
        instance=Session(user=token.user),
    )
    if not form.is_valid():
        raise Refusal(400, "invalid", first_error(form), param=next(iter(form.errors)))
    if "language" not in asked:
        form.instance.language = token.user.usual_language
    return form
