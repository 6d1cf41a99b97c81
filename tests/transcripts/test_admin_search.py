"""What administrators search: everything that was said, by anybody, a bounded part of it ranked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from captions.models import Session, Utterance
from captions.transcripts import admin_search
from captions.transcripts.admin_search import FoundKeys
from tests.factories import make_ended_session, make_session, make_user, make_utterance

pytestmark = pytest.mark.django_db


def said(text: str, owner: int | None = None) -> set[str]:
    found = admin_search.utterances(text, owner)
    assert found is not None
    return set(Utterance.objects.filter(pk__in=found.keys).values_list("text", flat=True))


def test_it_finds_what_anybody_said_in_any_form() -> None:
    one, two = make_user(), make_user()
    make_session(one, ["A piano, then.", "Flight 0 of 10.", "Ten."])
    make_session(two, ["Another pianist.", "Zehn Hunde."], language="de")
    assert said("piano OR pianist") == {"A piano, then.", "Another pianist."}
    assert said("pian") == {"A piano, then.", "Another pianist."}
    assert said('"0 of 10"') == {"Flight 0 of 10."}
    assert said("ten -piano") == {"Ten."}
    assert said("piano OR pianist", two.pk) == {"Another pianist."}
    assert said("-piano") == said("nothing") == said("?!") == set()
    assert admin_search.utterances("  \0 ") is None


def test_the_best_comes_first_then_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    session = make_session(make_user())
    texts = ["A house with a long way to the piano.", "Piano.", "Piano, piano, piano.", "Piano."]
    rows = [make_utterance(session, text, start_ms=number * 1_000).pk for number, text in enumerate(texts)]
    assert admin_search.utterances("piano") == FoundKeys((rows[2], rows[3], rows[1], rows[0]), is_all=True)
    monkeypatch.setattr(admin_search, "MOST_SHOWN", 2)
    assert admin_search.utterances("piano") == FoundKeys((rows[2], rows[3]), is_all=False)
    monkeypatch.setattr(admin_search, "MOST_SHOWN", 500)
    monkeypatch.setattr(admin_search, "_MOST_READ", 3)
    found = admin_search.utterances("piano")
    assert found
    assert not found.is_all
    assert len(found.keys) == 4


def test_sessions_are_found_by_title_and_person_first() -> None:
    maren = make_user("maren")
    hers = make_ended_session(maren, ["Nothing of the kind."], title="The crossing")
    titled = make_ended_session(make_user(), ["One."], title="Maren’s ferry")
    spoken = make_ended_session(make_user(), ["Where is Maren?"], title="Other")
    everything = Session.objects.all()
    assert admin_search.sessions("maren", everything) == FoundKeys(
        (titled.pk, hers.pk, spoken.pk), is_all=True
    )
    assert admin_search.sessions("cross", everything) == FoundKeys((hers.pk,), is_all=True)
    assert admin_search.sessions("-maren", everything) == FoundKeys((), is_all=True)
    assert admin_search.sessions(" ", everything) is None


def test_its_statement_reads_no_words_of_other_rows() -> None:
    """What an index of words is for: it is used for each account, however many sentences there are."""
    for _ in range(3):
        make_session(make_user(), [f"Sentence {number}." for number in range(5)])
    with CaptureQueriesContext(connection) as captured:
        admin_search.utterances("sentence")
    said = [each["sql"] for each in captured.captured_queries if "@@" in each["sql"]]
    assert len(said) == 1
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {said[0]}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Bitmap Index Scan on utterance_search" in plan
    assert "captions_utterance_pkey" not in plan
