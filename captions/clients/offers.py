"""What programs are told over HTTP where the offer of a peer connection is refused."""

from ..protocol.messages import MessageError
from ..tokens.admission import Refusal

_RETRY_SECONDS = 5
_STATUS = {
    "malformed": 400,
    "not_found": 404,
    "trashed": 404,
    "several_sounds": 406,
    "session_ended": 409,
    "stale_gen": 409,
    "heard": 409,
    "too_large": 413,
    "offer_refused": 422,
    "rate_limited": 429,
    "too_many_sessions": 429,
}


def refusal_of(error: MessageError) -> Refusal:
    """The refusal for an error of `live.exchange`. What the table does not have is the server's fault: 503."""
    status = _STATUS.get(error.code, 503)
    retry = _RETRY_SECONDS if error.retryable or status in (429, 503) else None
    return Refusal(status, error.code, error.message, retry_after=retry)
