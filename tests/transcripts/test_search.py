import re
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from captions.models import Session, User
from captions.transcripts.search import Search, clean_query
from captions.transcripts.snippets import START, STOP, Part, parts, snippet
from tests.factories import make_ended_session, make_session, make_user

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


def texts(parts: tuple[Part, ...]) -> list[str]:
    return [part.text for part in parts if part.hit]


def test_every_word_is_found_also_the_commonest_and_in_other_forms(user: User, ferry: Session) -> None:
    for query in ("the", "was", "it", "ferries", "PIANO", "strange.", "stromness"):
        assert Search(user, query).ranking == [ferry.pk], query


def test_hits_come_with_their_times_three_at_most_and_the_number_of_others(
    user: User, ferry: Session
) -> None:
    search = Search(user, "piano")
    (found,) = search.found(search.ranking)
    assert search.places == 5
    assert found.session == ferry
    assert len(found.hits) == 3
    assert found.more == 2
    assert [hit.start_ms for hit in found.hits] == sorted(hit.start_ms for hit in found.hits)
    assert all(texts(hit.parts) in (["piano"], ["pianos"]) for hit in found.hits)


def test_the_language_of_the_query_is_that_of_web_searches(user: User, ferry: Session) -> None:
    other = make_ended_session(user, ["There was a harmonium in the kirk."], at=NOW - timedelta(days=1))
    assert Search(user, "piano OR harmonium").ranking == [ferry.pk, other.pk]
    assert Search(user, '"last ferry"').ranking == [ferry.pk]
    assert Search(user, '"ferry last"').ranking == []
    assert Search(user, "harmonium -kirk").ranking == []


def test_the_closest_match_is_first_and_the_newest_among_equals(user: User) -> None:
    older = make_ended_session(user, ["Ring the tuner."], at=NOW - timedelta(days=2))
    newer = make_ended_session(user, ["Ring the tuner."], at=NOW - timedelta(days=1))
    twice = make_ended_session(user, ["The tuner met another tuner."], at=NOW - timedelta(days=3))
    titled = make_ended_session(user, ["Nothing of the kind."], title="The tuner", at=NOW - timedelta(days=9))
    assert Search(user, "tuner").ranking == [titled.pk, twice.pk, newer.pk, older.pk]


def test_a_title_is_found_and_marked(user: User, ferry: Session) -> None:
    search = Search(user, "night ferry")
    (found,) = search.found(search.ranking)
    assert texts(found.title) == ["night", "ferry"]
    assert (search.places, found.hits, found.more) == (1, (), 0)


def test_nobody_finds_what_others_said(ferry: Session) -> None:
    stranger = make_user()
    assert Search(stranger, "piano").ranking == []
    assert Search(stranger, "piano").found([ferry.pk]) == []
    assert Search(stranger, "piano").in_session(ferry) == {}


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
    assert (search.text, search.ranking, search.places) == ("", [], 0)
    assert search.in_session(ferry) == {}


@pytest.mark.parametrize(
    "query",
    [
        "'",
        '"',
        "\\",
        "-",
        "&|!()",
        ":*",
        "a' or 1=1 --",
        "%_",
        "((((",
        "<b>",
        "\0piano",
        "\ud800",
        "w" * 5000,
        "🎹",
        '-"',
    ],
)
def test_hostile_queries_do_no_harm(user: User, ferry: Session, query: str) -> None:
    search = Search(user, query)
    assert len(search.text) <= 200
    search.found(search.ranking)
    search.in_session(ferry)


def test_the_queries_do_not_multiply_with_the_rows(
    user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(25):
        make_ended_session(user, ["one piano", "two pianos"], title=f"piano {number}")
    with django_assert_num_queries(4):
        search = Search(user, "piano")
        assert len(search.found(search.ranking[:20])) == 20
    assert search.places == 75


def test_markup_in_a_transcript_stays_text(user: User) -> None:
    hostile = "<script>alert(1)</script> the <b>piano</b> & more"
    session = make_session(user, [hostile])
    search = Search(user, "piano")
    (found,) = search.found(search.ranking)
    assert "".join(part.text for part in found.hits[0].parts) == hostile
    assert texts(found.hits[0].parts) == ["piano"]
    assert "".join(part.text for part in search.in_session(session)[1]) == hostile


def test_a_query_is_cleaned() -> None:
    assert clean_query(" two \n  dogs\0 ") == "two dogs"
    assert clean_query("a" * 300) == "a" * 200


def test_parts_survive_marks_in_the_wrong_place() -> None:
    assert parts(f"{STOP}a{START}b{START}c{STOP}{STOP}d") == (
        Part("a", False),
        Part("b", True),
        Part("c", True),
        Part("d", False),
    )


def test_a_long_text_is_cut_around_its_first_hit() -> None:
    marked = f"{'before ' * 40}the {START}piano{STOP} stands {'after ' * 40}".strip()
    found = snippet(marked)
    text = "".join(part.text for part in found)
    assert texts(found) == ["piano"]
    assert re.fullmatch(r"…(before )+the piano stands( after)+…", text)
    assert len(text) <= 152


def test_a_long_text_without_a_hit_is_cut_at_its_end() -> None:
    text = "".join(part.text for part in snippet("word " * 100))
    assert text.startswith("word word")
    assert text.endswith("word…")


def test_a_text_without_spaces_is_cut_too() -> None:
    text = "".join(part.text for part in snippet(f"{'x' * 300}{START}y{STOP}{'z' * 300}"))
    assert len(text) <= 152
    assert "y" in text
