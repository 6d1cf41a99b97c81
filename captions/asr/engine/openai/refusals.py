"""What it means that a service refuses, in a sentence for the operator. None quotes what was sent or came back."""

from collections.abc import Mapping
from datetime import UTC, datetime

from ....core.web_service import wait_seconds
from ..base import EngineError
from .trying import RefusedFormError, TryAgainError

# What a Realtime service says in an `error` after which another try may help.
_PASSING = ("rate_limit_exceeded", "overloaded", "model_loading", "session_expired", "server_error")
_WRONG_KEY = ("invalid_api_key", "insufficient_permissions", "insufficient_scope")
_NOT_THERE = ("model_not_found", "not_found", "model_unavailable")


def away(host: str, *, after: float | None = None, soon: bool = True) -> TryAgainError:
    sentence = f"The speech service at {host} cannot be reached, or is busy."
    return TryAgainError(sentence, after=after, soon=soon)


def odd(host: str) -> TryAgainError:
    """Its answer is none."""
    return TryAgainError(
        f"The answer of the speech service at {host} could not be understood. Check OPENAI_BASE_URL."
    )


def refusal(host: str, status: int, code: str, headers: Mapping[str, str]) -> EngineError:
    """What a status other than success means, of a request or a handshake. Names in `headers` know no case."""
    if (special := _special(host, code)) is not None:
        return special
    if status in (408, 409, 425, 429) or status >= 500:
        return away(host, after=_after(headers), soon=headers.get("x-should-retry") != "false")
    match status:
        case 401:
            sentence = f"The speech service at {host} refuses the key. Check OPENAI_API_KEY."
        case 403:
            sentence = f"The speech service at {host} does not let this key transcribe. Check OPENAI_API_KEY."
        case 404 | 405:
            sentence = f"{host} has no such service or model. Check OPENAI_BASE_URL and OPENAI_MODEL."
        case 400 | 413 | 415 | 422:
            return _refused_form(host, f"status {status}")
        case _:
            sentence = f"The speech service at {host} answers with status {status}. Check OPENAI_BASE_URL."
    return EngineError(sentence, elsewhere=True)


def event_refusal(host: str, code: str, kind: str) -> EngineError:
    """What an `error` event of a Realtime service means."""
    if (special := _special(host, code)) is not None:
        return special
    if code in _WRONG_KEY:
        return refusal(host, 401 if code == "invalid_api_key" else 403, "", {})
    if code in _NOT_THERE:
        return refusal(host, 404, "", {})
    if code in _PASSING or kind == "server_error":
        return away(host)
    return _refused_form(host, "an error")


def _special(host: str, code: str) -> EngineError | None:
    match code:
        case "insufficient_quota":
            return EngineError(f"The account at {host} has no credit left.", elsewhere=True)
        case "too_many_hops":
            return EngineError(
                "The sound has passed through too many servers. OPENAI_BASE_URL may lead back to this one.",
                elsewhere=True,
            )
    return None


def _refused_form(host: str, what: str) -> RefusedFormError:
    return RefusedFormError(
        f"The speech service at {host} does not accept what is sent ({what}). Check OPENAI_MODEL.",
        elsewhere=True,
    )


def _after(headers: Mapping[str, str]) -> float | None:
    """How long the service asks to wait, in seconds."""
    try:
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    except ValueError:
        return wait_seconds(headers.get("retry-after", ""), datetime.now(UTC))
