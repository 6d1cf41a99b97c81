"""How much one sound socket may send. Time, in monotonic seconds, is an input."""

from django.utils.translation import gettext as _

from ...core.allowance import Allowance
from ...protocol.messages import MessageError

# Of two channels at the rate of music, and their messages; and what a page has kept while it had no connection.
_BYTES_PER_SECOND = 32_000
_MOST_KEPT_BYTES = 1_000_000
_MESSAGES_PER_SECOND = 60
_MOST_KEPT_MESSAGES = 600


class SoundLimits:
    """The limits of one socket. `check` raises MessageError for a message that exceeds them."""

    def __init__(self) -> None:
        self._bytes = Allowance(_BYTES_PER_SECOND, _MOST_KEPT_BYTES)
        self._messages = Allowance(_MESSAGES_PER_SECOND, _MOST_KEPT_MESSAGES)

    def check(self, size: int, now: float) -> None:
        if not (self._messages.take(now) and self._bytes.take(now, size)):
            raise MessageError(
                "rate_limited", _("This page is sending messages too fast. Reload it."), retryable=True
            )
