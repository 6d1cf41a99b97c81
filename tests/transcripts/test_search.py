import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from captions.core.characters import characters, shortened
from captions.models import Session, User, Utterance
from captions.transcripts.filters import Order
from captions.transcripts.search import Results, Search, clean_query
from captions.transcripts.snippets import SnippetPart, marked, snippet
from captions.transcripts.titles import proposal
from captions.transcripts.tokens import spans
from tests.factories import make_ended_session, make_session, make_user, make_utterance

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def user(db: None) -> User:
    return make_user()


@pytest.fixture
def ferry(user: User) -> Session:
    return make_ended_session(
        user,
        [
            "The last ferry left Stromness with eleven passengers, two dogs and a piano.",
            "I know about the piano because I was asked to help lift it.",
            "Nobody on board thought this was strange.",
            "She has never played the piano. It came with the house.",
            "A piano, then, and nothing else.",
            "Two pianos would be one too many.",
        ],
        title="The night ferry, first draft",
        at=NOW,
    )


def texts(parts: tuple[SnippetPart, ...]) -> list[str]:
    return [part.text for part in parts if part.hit]


def results(user: User, query: str, **options: Any) -> Results:
    return Search(user, query).results(**options)


def ranking(user: User, query: str, **options: Any) -> list[UUID]:
    return [found.session.pk for found in results(user, query, **options).found]


def test_every_word_is_found_also_the_commonest_and_in_other_forms(user: User, ferry: Session) -> None:
    for query in ("the", "was", "it", "ferries", "PIANO", "strange.", "stromness", "play"):
        assert ranking(user, query) == [ferry.pk], query


def test_words_are_stemmed_as_in_the_language_in_which_they_were_said(user: User) -> None:
    german = make_session(user)
    make_utterance(german, "Die Häuser standen am Hafen.", language="de")
    french = make_session(user)
    make_utterance(french, "Nous avons chanté à l’école.", language="fr")
    english = make_ended_session(user, ["Ferries were singing."])
    for query, session in (
        ("haus", german),
        ("stand", german),
        ("chanter", french),
        ("chantée", french),
        ("ecoles", french),
        ("ferry", english),
        ("sing", english),
    ):
        assert ranking(user, query) == [session.pk], query


@pytest.mark.parametrize(
    ("said", "queries"),
    [
        ("Élise a déjà mangé.", ["elise", "ELISE", "deja", "déjà", "mange"]),
        ("Straße in Łódź, Ærø", ["strasse", "lodz", "łódź", "aero"]),
        ("Ёлки зелёные", ["елки", "ёлки", "зеленые"]),
        ("Она знает мой дом", ["мой"]),
        ("Καλημέρα κόσμε", ["καλημερα"]),
        ("東京でピアノを弾いた。", ["東京", "ピアノ", "弾い"]),
        ("한국어 피아노", ["피아노", "피아"]),
        ("שָׁלוֹם", ["שלום"]),
        ("ﬁle №½", ["file"]),
    ],
)
def test_accents_are_folded_and_every_script_is_found(user: User, said: str, queries: list[str]) -> None:
    session = make_session(user)
    make_utterance(session, said, language="")
    make_utterance(session, "nothing of the kind", start_ms=9_000)
    for query in queries:
        assert results(user, query).places == 1, query


def test_the_last_word_may_be_the_beginning_of_one(user: User, ferry: Session) -> None:
    for query in ("pia", "strom", "lift passen OR ferry str", "eleven passeng", '"eleven passen'):
        assert ranking(user, query) == [ferry.pk], query
    for query in ("pia lift", '"eleven passen"', "ferry -pia nothere", "p"):
        assert ranking(user, query) == [], query


def test_hits_come_with_their_times_three_at_most_and_the_number_of_others(
    user: User, ferry: Session
) -> None:
    found = results(user, "piano")
    (one,) = found.found
    assert (found.total, found.places) == (1, 5)
    assert one.session == ferry
    assert len(one.hits) == 3
    assert one.more == 2
    assert [hit.start_ms for hit in one.hits] == sorted(hit.start_ms for hit in one.hits)
    assert all(texts(hit.parts) in (["piano"], ["pianos"]) for hit in one.hits)


def test_a_hit_knows_when_its_word_was_said(user: User) -> None:
    session = make_session(user)
    make_utterance(session, "Ein Café – «L’École» ist’s.", start_ms=4_000, language="de")
    for query, at_ms in (("cafe", 4_200), ("ecole", 4_600), ("ein", 4_000), ("ist", 4_800)):
        (found,) = results(user, query).found
        assert [hit.at_ms for hit in found.hits] == [at_ms], query
    Utterance.objects.update(words=[])
    assert results(user, "cafe").found[0].hits[0].at_ms == 4_000


def test_the_original_text_is_marked_whatever_was_typed(user: User) -> None:
    session = make_session(user, ["Déjà-vu: « L’ÉCOLE », déjà.", "東京でピアノを弾いた。"])
    marked = Search(user, "deja OR ecoles OR ピアノ").in_session(session)
    assert texts(marked[1]) == ["Déjà", "ÉCOLE", "déjà"]
    assert texts(marked[2]) == ["ピアノ"]


def test_the_language_of_the_query_is_that_of_web_searches(user: User, ferry: Session) -> None:
    other = make_ended_session(user, ["There was a harmonium in the kirk."], at=NOW - timedelta(days=1))
    assert ranking(user, "piano OR harmonium") == [ferry.pk, other.pk]
    assert ranking(user, '"last ferry"') == [ferry.pk]
    assert ranking(user, '"ferry last"') == []
    assert ranking(user, "harmonium -kirk") == []
    assert ranking(user, '-"two dogs" piano OR harmonium') == [ferry.pk, other.pk]
    assert results(user, '-"two dogs" piano').places == 4
    # No one is shown all that lacks a word, least of all everybody's.
    assert ranking(user, "-piano") == []
    assert not Search(user, "-piano")


def test_the_closest_match_is_first_and_the_newest_among_equals(user: User) -> None:
    older = make_ended_session(user, ["Ring the tuner."], at=NOW - timedelta(days=2))
    newer = make_ended_session(user, ["Ring the tuner."], at=NOW - timedelta(days=1))
    twice = make_ended_session(user, ["The tuner met another tuner."], at=NOW - timedelta(days=3), clock_ms=9)
    titled = make_ended_session(user, ["Nothing of the kind."], title="The tuner", at=NOW - timedelta(days=9))
    assert ranking(user, "tuner") == [titled.pk, twice.pk, newer.pk, older.pk]
    assert ranking(user, "tuner", order=Order.NEWEST) == [newer.pk, older.pk, twice.pk, titled.pk]
    assert ranking(user, "tuner", order=Order.OLDEST) == [titled.pk, twice.pk, older.pk, newer.pk]
    assert ranking(user, "tuner", order=Order.LONGEST) == [newer.pk, older.pk, titled.pk, twice.pk]
    assert ranking(user, "tuner", start=1, count=2) == [twice.pk, newer.pk]


def test_a_title_is_found_and_marked(user: User, ferry: Session) -> None:
    found = results(user, "night ferry")
    assert texts(found.found[0].title) == ["night", "ferry"]
    assert (found.places, found.found[0].hits, found.found[0].more) == (1, (), 0)


def test_nobody_finds_what_others_said(ferry: Session) -> None:
    stranger = make_user()
    make_session(stranger, ["Something else."])
    for query in ("piano", "pia", "else -piano OR piano", '"the piano"'):
        assert {row.session.user_id for row in results(stranger, query).found} <= {stranger.pk}, query
    assert Search(stranger, "piano").in_session(ferry) == {}
    assert results(stranger, "piano", sessions=Session.objects.all()).total == 0


def test_what_changes_its_owner_is_found_by_the_new_one_alone(user: User, ferry: Session) -> None:
    heir = make_user()
    ferry.user = heir
    ferry.save()
    assert ranking(user, "piano") == []
    assert ranking(heir, "piano") == [ferry.pk]
    assert set(Utterance.objects.values_list("owner", flat=True)) == {heir.pk}


def test_a_session_knows_the_language_that_was_heard_first(user: User) -> None:
    session = make_session(user)
    for language in ("", "de", "en"):
        make_utterance(session, "Moin.", start_ms=session.last_seq * 1000, language=language, commit=False)
    session = Session.objects.get()
    assert (session.detected, session.heard_language) == ("de", "de")


def test_a_transcript_is_marked_where_it_was_said(user: User, ferry: Session) -> None:
    marked = Search(user, "piano").in_session(ferry)
    assert sorted(marked) == [1, 2, 4, 5, 6]
    assert (
        "".join(part.text for part in marked[2])
        == "I know about the piano because I was asked to help lift it."
    )


@pytest.mark.parametrize("query", ["", "   ", "\0", "\n\t"])
def test_nothing_is_found_by_an_empty_query(user: User, ferry: Session, query: str) -> None:
    search = Search(user, query)
    assert (search.text, search.results()) == ("", Results((), 0, 0))
    assert search.in_session(ferry) == {}


HOSTILE = [
    "'",
    '"',
    "\\",
    "-",
    "&|!()",
    ":*",
    "a' or 1=1 --",
    "%_ %s %(a)s",
    "((((",
    "<b>",
    "\0piano",
    "\ud800",
    "w" * 5000,
    "é" * 5000,
    "🎹",
    "½⁄…",
    '-"',
    "OR",
    "OR piano OR",
    "1f~piano",
    "\u200d\u0301",
    "{owner} {any_word}",
]


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries_do_no_harm(user: User, ferry: Session, query: str) -> None:
    search = Search(user, query)
    assert len(search.text) <= 200
    search.results()
    search.in_session(ferry)


def test_the_database_cuts_words_as_we_do(user: User) -> None:
    hostile = [each.replace("\0", "").replace("\ud800", "") for each in HOSTILE]
    said = [
        *hostile,
        "Don't — l’école, «été» 3.5 % e-mail a/b a_b",
        "東京でピアノを弾いた。ｶﾞｷﾞ",
        "क्या हिन्दी में है",
        "สวัสดีครับ",
        "می‌خواهم مُحَمَّد",
        "İstanbul ŉ ǅ ﬃ ①②",
    ]
    with connection.cursor() as cursor:
        for text in said:
            cursor.execute("SELECT whisperstream_plain(%s), whisperstream_vector(1, 'en', %s)", [text, text])
            plain, vector = cursor.fetchone()
            assert len(spans(text)) == len(plain.split(" ") if plain else []), text
            assert bool(vector) == bool(plain)


def test_the_queries_do_not_multiply_with_the_rows(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        make_ended_session(user, ["one piano", "two pianos"], title=f"piano {number}")
    # Two, in a transaction that limits their time.
    with django_assert_num_queries(6):
        found = Search(user, "piano", ["en"]).results()
    assert len(found.found) == 20
    assert (found.total, found.places) == (25, 75)


def test_markup_in_a_transcript_stays_text(user: User) -> None:
    hostile = "<script>alert(1)</script> the <b>piano</b> & more"
    session = make_session(user, [hostile])
    (found,) = results(user, "piano").found
    assert "".join(part.text for part in found.hits[0].parts) == hostile
    assert texts(found.hits[0].parts) == ["piano"]
    assert "".join(part.text for part in Search(user, "piano").in_session(session)[1]) == hostile


def test_a_query_is_cleaned() -> None:
    assert clean_query(" two \n  dogs\0 ") == "two dogs"
    assert clean_query("a" * 300) == "a" * 200


def test_places_that_are_not_there_are_not_marked() -> None:
    assert marked("one, two", {2, 9}) == (SnippetPart("one, ", False), SnippetPart("two", True))
    assert marked("", {1}) == ()


def test_a_long_text_is_cut_around_its_first_hit() -> None:
    found = snippet(marked(f"{'before ' * 40}the piano stands {'after ' * 40}".strip(), {42}))
    text = "".join(part.text for part in found)
    assert texts(found) == ["piano"]
    assert re.fullmatch(r"…(before )+the piano stands( after)+…", text)
    assert len(text) <= 152


def test_a_long_text_without_a_hit_is_cut_at_its_end() -> None:
    text = "".join(part.text for part in snippet(marked("word " * 100, ())))
    assert text.startswith("word word")
    assert text.endswith("word…")


def test_a_text_without_spaces_is_cut_too() -> None:
    text = "".join(
        part.text
        for part in snippet(
            (SnippetPart("x" * 300, False), SnippetPart("y", True), SnippetPart("z" * 300, False))
        )
    )
    assert len(text) <= 152
    assert "y" in text


@pytest.mark.parametrize("letter", ["e\u0301", "น้ำ", "👨‍👩‍👧‍👦", "क्षि"])
def test_a_snippet_of_a_text_without_spaces_is_whole_characters(letter: str) -> None:
    text = letter * 200
    for number in (5, 101, 150):
        cut = "".join(part.text for part in snippet(marked(text, {number}))).strip("…")
        assert cut
        assert cut == letter * (len(cut) // len(letter)) or letter == "น้ำ"
        assert not unicodedata.category(cut[0]).startswith("M")
    assert proposal(text).casefold() == text[: len(proposal(text))].casefold()
    assert set(characters(proposal(text).lower())) <= set(characters(letter))
    assert set(characters(clean_query(text))) == set(characters(letter))
    assert set(characters(shortened(text, 40).rstrip("…"))) == set(characters(letter))


def test_a_hit_is_marked_with_its_marks() -> None:
    parts = marked("ดื่มน้ำ", {5})
    assert [(part.text, part.hit) for part in parts] == [("ดื่ม", False), ("น้ำ", True)]
