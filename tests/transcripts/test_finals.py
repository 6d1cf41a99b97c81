"""Finals that readers ask for."""

import pytest

from captions.transcripts.finals import as_messages, page_after
from tests.factories import make_session

pytestmark = pytest.mark.django_db


def test_whoever_was_away_gets_the_translations_that_came_meanwhile() -> None:
    session = make_session(texts=[f"Satz {number}." for number in range(1, 31)])
    session.utterances.filter(seq__in=(5, 18, 20)).update(translation="A sentence.")
    page = as_messages(page_after(session.utterances.all(), 25))
    assert [message["seq"] for message in page] == [18, 20, 26, 27, 28, 29, 30]
    assert [message.get("translation") for message in page[:3]] == ["A sentence.", "A sentence.", None]


def test_of_many_finals_a_page_is_taken() -> None:
    session = make_session(texts=["Satz."] * 130)
    seqs = [row.seq for row in page_after(session.utterances.all(), 0)]
    assert seqs == list(range(1, len(seqs) + 1))
    assert 100 <= len(seqs) < 130
