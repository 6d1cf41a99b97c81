import pytest

from captions.dialects.openai_realtime.endings import ending


@pytest.mark.parametrize(
    ("reason", "code"),
    [("limit", "session_expired"), ("token_ended", "invalid_api_key"), ("too_fast", "rate_limit_exceeded")],
)
def test_why_it_ended(reason: str, code: str) -> None:
    (event,) = ending(reason)
    assert (event["type"], event["error"]["code"]) == ("error", code)
    assert event["event_id"]


@pytest.mark.parametrize("reason", ["stopped", "lost"])
def test_what_a_client_did_itself_is_no_error(reason: str) -> None:
    assert ending(reason) == []
