"""What is said in another language than the page's says so, for screen readers, and finds its own direction."""

import re

import pytest
from django.test import Client

from captions.models import NoteKind, Session, User
from captions.transcripts import editing
from tests.factories import make_ended_session, make_utterance


@pytest.fixture
def mixed(user: User) -> Session:
    """A German session with a sentence in Hebrew, and one in a language that nobody knows."""
    session = make_ended_session(user, [], language="de", title="Fähre")
    make_utterance(session, "Die Fähre kam.", language="de")
    make_utterance(session, "הנה הרציף.", start_ms=2_000, language="he")
    make_utterance(session, "Xyzzy ferry.", start_ms=4_000, language="")
    session.notes.create(kind=NoteKind.HEADING, at_ms=0, text="כותרת")
    return session


def tags(html: str, text: str) -> list[str]:
    """The opening tags directly before a text."""
    return re.findall(rf"<([^<>]*)>(?:<mark>)?{text}", html)


def test_rows_of_a_transcript(visitor: Client, mixed: Session) -> None:
    html = visitor.get(mixed.get_absolute_url()).content.decode()
    assert tags(html, "Fähre</h1>") == ['h1 class="title" dir="auto" lang="de"']
    assert tags(html, "Die Fähre kam") == ['p class="words" data-text dir="auto" lang="de"']
    assert tags(html, "הנה") == ['p class="words" data-text dir="auto" lang="he"']
    assert tags(html, "Xyzzy") == ['p class="words" data-text dir="auto"']
    assert tags(html, "כותרת") == ['h2 class="heading" data-note-text dir="auto"']


def test_titles_and_snippets_of_the_history(visitor: Client, mixed: Session) -> None:
    html = visitor.get("/sessions/").content.decode()
    assert re.search(r'<h2 class="session-title" dir="auto"><a lang="de" [^>]*>Fähre</a>', html)
    assert re.search(r'first-line" dir="auto" lang="de">Die Fähre kam', html)
    html = visitor.get("/sessions/", {"q": "הרציף"}).content.decode()
    assert re.search(r'<p class="snippet" dir="auto" lang="he"><a [^>]*>הנה <mark>', html)
    html = visitor.get("/sessions/", {"q": "xyzzy"}).content.decode()
    assert re.search(r'<p class="snippet" dir="auto"><a [^>]*><mark>Xyzzy', html)


def test_versions_and_the_form_without_scripts(visitor: Client, mixed: Session, user: User) -> None:
    row = mixed.utterances.get(seq=1)
    editing.edit(row, "Die Fähre kommt.", 1, user)
    html = visitor.get(f"{mixed.get_absolute_url()}versions/").content.decode()
    assert '<p class="change-text" dir="auto" lang="de">' in html
    assert '<bdi class="visually-hidden" lang="en"> removed: </bdi>kam' in html
    html = visitor.get(f"{mixed.get_absolute_url()}utterances/2/").content.decode()
    assert '<textarea id="text" name="text" dir="auto" lang="he"' in html


def test_rows_that_scripts_make(visitor: Client, mixed: Session) -> None:
    answer = visitor.post(
        f"{mixed.get_absolute_url()}utterances/2/split/",
        {"first": "הנה", "second": "הרציף.", "version": 1},
        headers={"accept": "application/json"},
    )
    assert [row["language"] for row in answer.json()["rows"]] == ["he", "he"]
