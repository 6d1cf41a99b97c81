from datetime import UTC, datetime, timedelta, timezone

import pytest

from captions.outputs import youtube
from captions.outputs.answers import Outcome

AT = datetime(2026, 11, 30, 4, 5, 6, 789_400, timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (
            "https://upload.youtube.com/closedcaption?cid=1",
            "https://upload.youtube.com/closedcaption?cid=1&seq=7",
        ),
        ("https://upload.youtube.com/closedcaption", "https://upload.youtube.com/closedcaption?seq=7"),
    ],
)
def test_the_number_is_in_the_address(address: str, url: str) -> None:
    assert youtube.post_url(address, 7, "en") == url


def test_the_first_post_has_number_1() -> None:
    assert youtube.number_url("https://upload.youtube.com/closedcaption?cid=1") is None
    assert youtube.read_number(200, b"") == 0


def test_a_post_has_the_time_in_utc_and_lines() -> None:
    assert (
        youtube.body(("Grüße aus", "Köln."), AT) == "2026-11-30T03:05:06.789\nGrüße aus<br>Köln.\n".encode()
    )


def test_a_sign_of_life_is_empty() -> None:
    assert youtube.body((), AT) == b""


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OK),
        (204, Outcome.OK),
        (301, Outcome.GONE),
        (400, Outcome.RETRY),
        (403, Outcome.GONE),
        (404, Outcome.GONE),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
        (503, Outcome.RETRY),
    ],
)
def test_what_an_answer_means(status: int, outcome: Outcome) -> None:
    answer = youtube.understand(status, b"")
    assert answer.outcome is outcome
    assert bool(answer.problem) == (outcome is not Outcome.OK)


@pytest.mark.parametrize(
    ("body", "time"),
    [
        (b"2026-11-30T03:05:07.250\n", datetime(2026, 11, 30, 3, 5, 7, 250_000, UTC)),
        (b"2026-11-30T03:05:07", datetime(2026, 11, 30, 3, 5, 7, tzinfo=UTC)),
        (b"", None),
        (b"OK", None),
        (b"2026-13-40T03:05:07.250", None),
        (b"\xff\xfe", None),
    ],
)
def test_the_clock_of_the_service(body: bytes, time: datetime | None) -> None:
    assert youtube.understand(200, body).server_time == time
