from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.summaries import client
from captions.summaries.errors import AWAY, BROKE_OFF, LATE, MISCONFIGURED, ODD, REFUSED, AnswerError, refusal
from captions.summaries.service import Service, configured
from tests.summaries.fake import DONE, GOOD, TEXT, FakeService, line, said

STALLING = (said("One"), DONE)


def ask() -> str:
    found = configured()
    assert found
    return "".join(client.answer(found, "Sum it up.", "We met at nine."))


def refused() -> AnswerError:
    with pytest.raises(AnswerError) as error:
        ask()
    # What is said of it may be logged.
    assert "sk-hidden" not in repr(error.value)
    assert "127.0.0.1" not in repr(error.value)
    assert error.value.__cause__ is None
    return error.value


def test_a_text_is_sent_and_the_answer_comes_in_pieces(service: FakeService) -> None:
    assert ask() == TEXT
    (asked,) = service.asked
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["Authorization"] == "Bearer sk-hidden"
    assert asked.body == {
        "model": "small-model",
        "messages": [
            {"role": "system", "content": "Sum it up."},
            {"role": "user", "content": "We met at nine."},
        ],
        "stream": True,
    }


def test_a_server_without_keys_gets_none(service: FakeService, settings: Settings) -> None:
    settings.LLM_API_KEY = ""
    assert ask() == TEXT
    assert "Authorization" not in service.asked[0].headers


def test_a_server_that_does_not_stream(service: FakeService) -> None:
    service.kind = "application/json; charset=utf-8"
    whole = line({"choices": [{"message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}]})
    service.parts = (whole.removeprefix(b"data: "),)
    assert ask() == TEXT


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_may_come_in_any_parts(service: FakeService, end: bytes) -> None:
    whole = b"".join(GOOD).replace(b"\n", end)
    service.parts = tuple(whole[start : start + 7] for start in range(0, len(whole), 7))
    assert ask() == TEXT


@pytest.mark.parametrize(
    ("status", "reason", "retryable"),
    [
        (401, MISCONFIGURED, False),
        (403, MISCONFIGURED, False),
        (404, MISCONFIGURED, False),
        (307, MISCONFIGURED, False),
        (204, MISCONFIGURED, False),
        (400, REFUSED, False),
        (413, REFUSED, False),
        (429, AWAY, True),
        (500, AWAY, True),
        (503, AWAY, True),
    ],
)
def test_refusals(service: FakeService, status: int, reason: str, retryable: bool) -> None:
    service.status, service.parts = status, (b"",)
    service.headers = {"Location": "/elsewhere"}
    error = refused()
    assert (error.reason, error.retryable, error.status) == (reason, retryable, status)
    assert len(service.asked) == 1, "no redirect is followed"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        ("0.2", 1),
        ("999999", 3_600),
        ("-5", 1),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_when_to_come_again(header: str, seconds: float | None) -> None:
    assert refusal(429, header).after_seconds == seconds


def test_when_to_come_again_as_a_date() -> None:
    found = refusal(503, format_datetime(timezone.now() + timedelta(minutes=5), usegmt=False)).after_seconds
    assert found
    assert 200 < found <= 300
    assert refusal(503, "Mon, 01 Jan 0001 00:00:00 -0000").after_seconds in (None, 1)


def test_nobody_there(service: FakeService, settings: Settings) -> None:
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    assert (refused().reason, refused().retryable) == (AWAY, True)


def test_an_answer_that_breaks_off(service: FakeService) -> None:
    service.parts = (said("# The pier"),)
    error = refused()
    assert (error.reason, error.retryable) == (BROKE_OFF, True)


def test_an_answer_that_stalls(service: FakeService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_QUIET_SECONDS", 0.02)
    service.parts = STALLING
    service.go_on.clear()
    assert (refused().reason, refused().retryable) == (AWAY, True)


def test_an_answer_has_an_end(service: FakeService) -> None:
    service.parts = STALLING
    service.go_on.clear()
    mine = Service(service.url, "small-model", "", seconds=0.0)
    with pytest.raises(AnswerError) as error:
        list(client.answer(mine, "", ""))
    assert error.value.reason == LATE
    assert service.left.wait(60)


def test_while_nothing_comes_the_caller_has_its_turn_and_can_hang_up(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_LOOK_SECONDS", 0.001)
    service.parts = (b"",)
    service.go_on.clear()
    found = configured()
    assert found
    pieces = client.answer(found, "", "")
    assert [next(pieces), next(pieces)] == ["", ""]
    pieces.close()
    assert service.left.wait(60)


@pytest.mark.parametrize(
    "parts",
    [(b"x" * (3 << 19),), (b":\n" * (1 << 20),)],
    ids=["one line without an end", "lines without an end"],
)
def test_an_answer_without_bounds(
    service: FakeService, parts: tuple[bytes, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_MOST_BYTES", 1 << 20)
    service.parts = parts
    assert refused().reason == ODD


def test_a_body_that_is_not_what_it_says(service: FakeService) -> None:
    service.kind, service.parts = "application/json", (b"<html>",)
    assert refused().reason == ODD
    service.parts = (b"x" * (2 << 20),)
    assert refused().reason == ODD


@pytest.mark.parametrize(
    ("url", "host", "is_here"),
    [
        ("http://127.0.0.1:11434/v1", "127.0.0.1", True),
        ("http://localhost:8080/v1", "localhost", True),
        ("http://[::1]:8080/v1", "::1", True),
        ("http://192.168.0.7/v1", "192.168.0.7", False),
        ("https://api.openai.com/v1", "api.openai.com", False),
    ],
)
def test_where_the_service_is(url: str, host: str, is_here: bool) -> None:
    found = Service(url, "", "", 1.0)
    assert (found.host, found.is_here) == (host, is_here)
