"""Why there is no summary: sentences in English, to be translated when they are shown."""

from django.utils import timezone
from django.utils.translation import gettext_noop

from ..core.errors import WhisperStreamError
from ..core.web_service import wait_seconds

AWAY = gettext_noop("The service cannot be reached, or is busy.")
MISCONFIGURED = gettext_noop(
    "The service refuses this server: its address, its key or its model is wrong. Ask whoever runs this server."
)
REFUSED = gettext_noop("The service does not accept this text. It may be too long for it.")
ODD = gettext_noop("The answer of the service could not be understood. Ask whoever runs this server.")
LATE = gettext_noop("The service took too long.")
BROKE_OFF = gettext_noop("The answer of the service broke off.")


class AnswerError(WhisperStreamError):
    """The service has not answered, or not with a whole answer. `reason` is one of the sentences above.

    `status` is that of HTTP, if there was one. A retry makes sense after `after_seconds`; None if the service does not
    say.
    """

    def __init__(
        self, reason: str, *, retryable: bool = False, status: int = 0, after_seconds: float | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retryable = retryable
        self.status = status
        self.after_seconds = after_seconds


def refusal(status: int, retry_after: str) -> AnswerError:
    """What an answer with a status other than 200 means; `retry_after` is its header of that name."""
    if status in (408, 409, 425, 429) or status >= 500:
        after_seconds = wait_seconds(retry_after, timezone.now())
        return AnswerError(AWAY, retryable=True, status=status, after_seconds=after_seconds)
    if status in (400, 413, 422):
        return AnswerError(REFUSED, status=status)
    return AnswerError(MISCONFIGURED, status=status)
