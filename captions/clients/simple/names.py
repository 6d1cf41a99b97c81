"""The names that pages give their dictations, in Valkey. Functions raise redis.RedisError and Refusal."""

import re
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from ...core.valkey import valkey
from ...models import ApiToken
from ...tokens.admission import Refusal

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_KEY = "whisperstream:simple:"
_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Name:
    """The name of one dictation: nobody else can have it, for a day since the last offer."""

    text: str

    @classmethod
    def of(cls, text: str) -> "Name":
        if not _NAME.fullmatch(text):
            sentence = _("An id has 1 to 64 characters, of A to Z, a to z, 0 to 9, “_” and “-”.")
            raise Refusal(400, "invalid", sentence, param="id")
        return cls(text)

    def session(self, token: ApiToken) -> uuid.UUID | None:
        """The session that has this name; None if none of the token's account has."""
        user, session = self._bound()
        return session if user == token.user_id else None

    def require_free(self, token: ApiToken) -> None:
        """Refuses a name that somebody else's dictation has."""
        user, _session = self._bound()
        if user not in (None, token.user_id):
            raise Refusal(409, "taken", _("This id is taken. Choose another one."), param="id")

    def bind(self, token: ApiToken, session: uuid.UUID) -> None:
        """Gives the name to a session of the token's account."""
        self.require_free(token)
        valkey().set(_KEY + self.text, f"{token.user_id}:{session}", ex=_KEPT_SECONDS)

    def _bound(self) -> tuple[int | None, uuid.UUID | None]:
        found: bytes | None = valkey().get(_KEY + self.text)
        if found is None:
            return None, None
        user, _colon, session = found.decode().partition(":")
        return int(user), uuid.UUID(session)
