from datetime import UTC, datetime

import pytest

from captions.outputs import zoom
from captions.outputs.answers import Answer, Outcome

ADDRESS = "https://wmcc.zoom.us/closedcaption?id=1&signature=a.b"
NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "end"),
    [
        ("en", "&seq=3&lang=en-US"),
        ("de", "&seq=3&lang=de-DE"),
        ("zh", "&seq=3&lang=zh-CN"),
        ("", "&seq=3"),
        ("xx", "&seq=3"),
    ],
)
def test_number_and_language_are_in_the_address(language: str, end: str) -> None:
    assert zoom.post_url(ADDRESS, 3, language) == ADDRESS + end


def test_a_language_in_the_address_stays() -> None:
    assert zoom.post_url(f"{ADDRESS}&lang=fr-CA", 3, "en") == f"{ADDRESS}&lang=fr-CA&seq=3"


def test_a_post_is_only_text() -> None:
    assert zoom.body(("Grüße aus", "Köln."), NOW) == "Grüße aus\nKöln.".encode()


def test_where_the_last_number_is_asked_for() -> None:
    assert zoom.number_url(ADDRESS) == "https://wmcc.zoom.us/closedcaption/seq?id=1&signature=a.b"


@pytest.mark.parametrize(
    ("status", "body", "number"),
    [(200, b"41", 41), (200, b" 41\n", 41), (200, b"", 0), (200, b"none", 0), (404, b"", 0), (405, b"", 0)],
)
def test_the_last_number(status: int, body: bytes, number: int) -> None:
    assert zoom.read_number(status, body) == number


@pytest.mark.parametrize(
    ("status", "outcome"), [(400, Outcome.RETRY), (403, Outcome.GONE), (502, Outcome.RETRY)]
)
def test_a_number_that_is_not_known(status: int, outcome: Outcome) -> None:
    answer = zoom.read_number(status, b"")
    assert isinstance(answer, Answer)
    assert answer.outcome is outcome


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OK),
        (302, Outcome.GONE),
        (400, Outcome.RETRY),
        (403, Outcome.GONE),
        (405, Outcome.GONE),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
    ],
)
def test_what_an_answer_means(status: int, outcome: Outcome) -> None:
    answer = zoom.understand(status, b"")
    assert answer.outcome is outcome
    assert bool(answer.problem) == (outcome is not Outcome.OK)
