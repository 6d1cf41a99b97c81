"""What the page of a transcript asks for, and what plain forms do without it."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from captions.core.replacements import MOST_REPLACEMENTS
from captions.core.vocabulary import MOST_WORDS
from captions.models import Note, Session, User, Utterance
from captions.transcripts import editing
from tests.factories import make_ended_session, make_user, make_utterance
from tests.transcripts.views import without_tokens

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)
TEXTS = ["The purse her left.", "It was the purse her again.", "Nobody heard."]


@pytest.fixture
def ferry(user: User) -> Session:
    return make_ended_session(user, TEXTS, title="The night ferry", at=NOW)


def ask(client: Client, session: Session, path: str, **fields: Any) -> Any:
    url = f"{session.get_absolute_url()}{path}"
    return client.post(url, fields, headers={"Accept": "application/json"})


def texts(session: Session) -> list[str]:
    return list(session.utterances.with_text().in_time().values_list("text", flat=True))


def test_an_edit_is_answered_with_how_the_sentence_stands(visitor: Client, ferry: Session) -> None:
    answer = ask(visitor, ferry, "utterances/1/", text="The purser left.", version=1)
    assert answer.json() == {
        "rows": [
            {
                "seq": 1,
                "version": 2,
                "text": "The purser left.",
                "start_ms": 0,
                "end_ms": 800,
                "language": "en",
            }
        ],
        "word_count": 11,
        "correction": {"heard": "purse her", "written": "purser", "places": 1},
    }


def test_a_conflict_is_answered_with_the_other_text(visitor: Client, ferry: Session) -> None:
    ask(visitor, ferry, "utterances/1/", text="The purser left.", version=1)
    answer = ask(visitor, ferry, "utterances/1/", text="The nurse left.", version=1)
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
    assert answer.json()["row"]["text"] == "The purser left."
    assert texts(ferry)[0] == "The purser left."


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"text": "a" * 5_001, "version": 1}, "A sentence can have at most 5000 characters."),
        ({"text": "a" * 20_001, "version": 1}, "This text is longer than 20000 characters."),
        ({"text": "a"}, "This field is required."),
        ({"text": "a\0b", "version": 1}, "Null characters are not allowed."),
        ({"text": "a", "version": 2**40}, "Ensure this value is less than or equal to 2147483647."),
    ],
)
def test_what_cannot_be_kept_is_refused(
    visitor: Client, ferry: Session, fields: dict[str, Any], sentence: str
) -> None:
    answer = ask(visitor, ferry, "utterances/1/", **fields)
    assert (answer.status_code, answer.json()) == (400, {"code": "invalid", "message": sentence})
    assert texts(ferry) == TEXTS


def test_words_come_with_their_times_when_asked_for(visitor: Client, ferry: Session) -> None:
    url = reverse("utterance", args=[ferry.pk, 3])
    told = visitor.get(url, headers={"Accept": "application/json"}).json()
    assert told["words"][0] == {"text": " Nobody", "start_ms": 4_000, "end_ms": 4_200, "probability": 0.9}


def test_sentences_are_split_joined_and_put_back(visitor: Client, ferry: Session) -> None:
    answer = ask(visitor, ferry, "utterances/3/split/", first="Nobody", second="heard.", version=1).json()
    assert [(row["seq"], row["text"], row["start_ms"]) for row in answer["rows"]] == [
        (3, "Nobody", 4_000),
        (4, "heard.", 4_200),
    ]
    assert ask(visitor, ferry, "utterances/3/join/", version=2, next_version=7).status_code == 409
    assert ask(visitor, ferry, "utterances/3/join/", version=2, next_seq=2).json()["row"]["seq"] == 4
    answer = ask(visitor, ferry, "utterances/3/join/", version=2, next_version=1).json()
    assert [row["text"] for row in answer["rows"]] == ["Nobody heard.", ""]
    assert len(ask(visitor, ferry, "utterances/3/undo/", version=3).json()["rows"]) == 2
    assert texts(ferry)[2:] == ["Nobody", "heard."]
    answer = ask(visitor, ferry, "utterances/1/undo/", version=1)
    assert (answer.status_code, answer.json()["message"]) == (400, "There is nothing to undo.")
    answer = ask(visitor, ferry, "utterances/3/split/", first="", second="Nobody", version=4)
    assert answer.json()["message"] == "Put the cursor between two words to split there."


def test_a_wording_is_replaced_everywhere_and_back(visitor: Client, ferry: Session) -> None:
    answer = ask(visitor, ferry, "replace/", sought="Purse her", written="purser", whole_words="on").json()
    assert (answer["places"], [row["seq"] for row in answer["rows"]]) == (2, [1, 2])
    ask(visitor, ferry, f"changes/{answer['change']}/undo/")
    assert texts(ferry) == TEXTS
    assert ask(visitor, ferry, "replace/", sought="zither").json()["change"] is None
    assert ask(visitor, ferry, "replace/", sought=" ").json()["message"] == "Enter what to find."


def test_a_correction_goes_into_the_vocabulary(visitor: Client, user: User) -> None:
    url = reverse("vocabulary-add")
    assert visitor.post(url, {"word": " Ishbel  Rendall "}).json() == {"word": "Ishbel Rendall"}
    visitor.post(url, {"word": "purser"})
    visitor.post(url, {"word": "purser"})
    user.refresh_from_db()
    assert user.vocabulary == ["purser", "Ishbel Rendall"]
    assert "neither a letter" in visitor.post(url, {"word": "..."}).json()["message"]
    user.vocabulary = [f"word{number}" for number in range(MOST_WORDS)]
    user.save()
    assert "full" in visitor.post(url, {"word": "more"}).json()["message"]


def test_a_correction_becomes_a_replacement(visitor: Client, user: User) -> None:
    url = reverse("replacement-add")
    told = visitor.post(url, {"heard": "purse  her", "written": "Purser"}).json()
    assert told == {"heard": "purse her", "written": "Purser"}
    visitor.post(url, {"heard": "Purse her", "written": "purser"})
    visitor.post(url, {"heard": "B flat", "written": "B♭"})
    user.refresh_from_db()
    assert user.replacements == [["Purse her", "purser"], ["B flat", "B♭"]]
    assert "neither a letter" in visitor.post(url, {"heard": "...", "written": "dots"}).json()["message"]
    user.replacements = [[f"word{number}", "x"] for number in range(MOST_REPLACEMENTS)]
    user.save()
    assert visitor.post(url, {"heard": "word1", "written": "y"}).status_code == 200
    assert "full" in visitor.post(url, {"heard": "more", "written": "x"}).json()["message"]


def test_unsure_words_are_counted_and_told(visitor: Client, user: User) -> None:
    session = make_ended_session(user, ["All is sure."])
    utterance = make_utterance(session, "Some are not", start_ms=9_000)
    utterance.words[1]["probability"] = 0.3
    utterance.save()
    assert "Possible mistakes (1)" in visitor.get(session.get_absolute_url()).content.decode()
    told = visitor.get(reverse("session-unsure", args=[session.pk])).json()
    assert [(row["seq"], len(row["words"])) for row in told["rows"]] == [(2, 3)]
    ask(visitor, session, "utterances/2/", text="Some were not", version=1)
    assert "Unsure words" not in visitor.get(session.get_absolute_url()).content.decode()


# --- Without scripts -------------------------------------------------------------------------------


def test_a_sentence_is_edited_with_a_plain_form(visitor: Client, ferry: Session) -> None:
    url = reverse("utterance", args=[ferry.pk, 1])
    assert f'href="{url}"' in visitor.get(ferry.get_absolute_url()).content.decode()
    assert "The purse her left.</textarea>" in visitor.get(url).content.decode()
    assert visitor.post(url, {"text": "The purser left.", "version": 1})["Location"].endswith("/#u-1")
    response = visitor.post(url, {"text": "The nurse left.", "version": 1})
    html = response.content.decode()
    assert response.status_code == 409
    assert "The purser left." in html
    assert "The nurse left.</textarea>" in html
    assert visitor.post(url, {"text": "The nurse left.", "version": 2}).status_code == 302
    assert texts(ferry)[0] == "The nurse left."
    response = visitor.post(url, {"text": "a" * 5_001, "version": 3})
    assert (response.status_code, "5000 characters" in response.content.decode()) == (400, True)


def test_versions_are_shown_and_restored(visitor: Client, ferry: Session) -> None:
    of_session = reverse("session-versions", args=[ferry.pk])
    of_sentence = reverse("utterance-versions", args=[ferry.pk, 1])
    assert "Nothing was changed." in visitor.get(of_session).content.decode()
    ask(visitor, ferry, "utterances/1/", text="The <b>purser</b> left.", version=1)
    for url in (of_session, of_sentence):
        html = visitor.get(url).content.decode()
        assert "purse her</del>" in html
        assert "&lt;b&gt;purser&lt;/b&gt;</ins>" in html
        assert "</strong> by you" in html
        assert "Original" in html
    assert visitor.post(of_session, {"change": ""})["Location"] == ferry.get_absolute_url()
    assert texts(ferry) == TEXTS
    assert visitor.post(of_sentence, {"wanted": 2, "version": 3})["Location"].endswith("#u-1")
    assert texts(ferry)[0] == "The <b>purser</b> left."
    html = visitor.post(of_sentence, {"wanted": 1, "version": 3}, follow=True).content.decode()
    assert "changed elsewhere" in html
    html = visitor.post(of_session, {"change": uuid.uuid4()}, follow=True).content.decode()
    assert "This version does not exist." in html


def test_what_somebody_else_changed_names_them(visitor: Client, ferry: Session) -> None:
    editing.edit(ferry.utterances.get(seq=1), "The purser left.", 1, make_user("priya"))
    assert "</strong> by priya" in visitor.get(reverse("session-versions", args=[ferry.pk])).content.decode()


def test_a_sentence_that_was_taken_out_is_not_there_but_in_its_versions(
    visitor: Client, ferry: Session
) -> None:
    ask(visitor, ferry, "utterances/1/", text="", version=1)
    assert "purse her left" not in visitor.get(ferry.get_absolute_url()).content.decode()
    exported: Any = visitor.get(f"{ferry.get_absolute_url()}export.txt")
    assert b"purse her left" not in b"".join(exported.streaming_content)
    assert (
        "The purse her left.</del>"
        in visitor.get(reverse("session-versions", args=[ferry.pk])).content.decode()
    )
    assert 'data-seq="1"' in visitor.get(f"/?session={ferry.pk}").content.decode()


def test_exports_have_the_edited_words(visitor: Client, ferry: Session) -> None:
    ask(visitor, ferry, "utterances/1/", text="The purser left.", version=1)
    response: Any = visitor.get(f"{ferry.get_absolute_url()}export.srt")
    assert "The purser left." in b"".join(response.streaming_content).decode()


# --- Notes -----------------------------------------------------------------------------------------


def test_notes_and_headings_stand_between_the_sentences(visitor: Client, ferry: Session) -> None:
    note = ask(visitor, ferry, "notes/", text=" Who <said> it? ", kind="note", at_ms=2_000).json()
    ask(visitor, ferry, "notes/", text="The crossing", kind="heading", at_ms=2_000)
    ask(visitor, ferry, "notes/", text="The end", kind="note", at_ms=99_000)
    html = visitor.get(ferry.get_absolute_url()).content.decode()
    order = ["purse her left.", "Who &lt;said&gt; it?", "The crossing", "again.", "heard.", "The end"]
    places = [html.index(f"{text}</") for text in order]
    assert places == sorted(places)
    changed = ask(visitor, ferry, f"notes/{note['id']}/", text="Nobody", version=1)
    assert changed.json()["version"] == 2
    conflict = ask(visitor, ferry, f"notes/{note['id']}/", text="Somebody", version=1)
    assert (conflict.status_code, conflict.json()["note"]["text"]) == (409, "Nobody")
    deleted = ask(visitor, ferry, f"notes/{note['id']}/delete/")
    assert deleted.json() == note | {"text": "Nobody", "version": 2}
    assert ferry.notes.count() == 2
    ferry.erase()
    assert not Note.objects.exists()


def test_a_note_that_cannot_be_is_refused(visitor: Client, ferry: Session) -> None:
    assert ask(visitor, ferry, "notes/", text=" ", kind="note", at_ms=0).status_code == 400
    assert ask(visitor, ferry, "notes/", text="a", kind="song", at_ms=0).status_code == 400
    assert ask(visitor, ferry, "notes/", text="a", kind="note", at_ms=-1).status_code == 400


# --- Whose it is -----------------------------------------------------------------------------------

SENTENCE = ["utterance", "utterance-split", "utterance-join", "utterance-undo", "utterance-versions"]
SESSION = ["session-versions", "session-replace", "notes"]


def _ask(client: Client, name: str, pk: uuid.UUID) -> HttpResponse:
    arguments: list[Any] = [pk, 1] if name in SENTENCE else [pk]
    fields = {
        "text": "x",
        "version": 1,
        "first": "x",
        "second": "y",
        "sought": "a",
        "kind": "note",
        "at_ms": 0,
    }
    response: Any = client.post(reverse(name, args=arguments), {**fields, "wanted": 1})
    return response  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", [*SENTENCE, *SESSION])
def test_what_is_not_yours_is_not_there(visitor: Client, name: str) -> None:
    theirs = make_ended_session(make_user(), TEXTS)
    not_mine, unknown = _ask(visitor, name, theirs.pk), _ask(visitor, name, uuid.uuid4())
    assert (not_mine.status_code, unknown.status_code) == (404, 404)
    assert without_tokens(not_mine) == without_tokens(unknown)
    assert texts(theirs) == TEXTS
    assert not Utterance.history.exists()
    assert _ask(Client(), name, theirs.pk).status_code == 302


def test_the_notes_of_others_are_not_there(visitor: Client) -> None:
    theirs = make_ended_session(make_user(), TEXTS)
    note = theirs.notes.create(text="Private", at_ms=0)
    for path in (f"notes/{note.pk}/", f"notes/{note.pk}/delete/"):
        assert ask(visitor, theirs, path, text="x", version=1).status_code == 404
    assert visitor.get(reverse("session-unsure", args=[theirs.pk])).status_code == 404


def test_the_queries_of_a_transcript_do_not_grow_with_its_rows(
    visitor: Client, user: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_ended_session(user, [f"line {number}" for number in range(30)])
    with django_assert_max_num_queries(10):
        visitor.get(session.get_absolute_url())
    ask(visitor, session, "replace/", sought="line", written="row")
    for seq in range(1, 9):
        ask(visitor, session, f"utterances/{seq}/", text="other", version=2)
    with django_assert_max_num_queries(10):
        visitor.get(reverse("session-versions", args=[session.pk]))
