"""Filters, orders, tags and proposed titles: how transcripts are found again."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from captions.models import MOST_TAGS, Session, SessionSource, Tag, User
from captions.transcripts import tagging
from captions.transcripts.filters import Filters, Order, order_of, ordered
from captions.transcripts.session_list import MOST_FOLDERS, Choices, Folders, HistoryQuery
from captions.transcripts.titles import beyond, proposal
from tests.factories import make_ended_session, make_session, make_user, make_utterance

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def user(db: None) -> User:
    return make_user()


def titles(user: User, **asked: str) -> set[str]:
    return set(Filters.of(asked).applied(user.sessions.all(), NOW).values_list("title", flat=True))


def test_days_are_those_of_the_person(user: User) -> None:
    for days, title in ((0, "now"), (6, "six"), (29, "month"), (300, "year"), (900, "old")):
        make_ended_session(user, [], title=title, at=NOW - timedelta(days=days))
    assert titles(user) == {"now", "six", "month", "year", "old"}
    assert titles(user, when="today") == {"now"}
    assert titles(user, when="week") == {"now", "six"}
    assert titles(user, when="month") == {"now", "six", "month"}
    assert titles(user, when="year") == {"now", "six", "month", "year"}
    assert titles(user, when="older") == {"old"}
    assert titles(user, when="dates", since="2025-11-12", until="2025-11-12") == {"six"}
    assert titles(user, when="dates", until="2025-11-12") == {"six", "month", "year", "old"}
    with timezone.override("Pacific/Kiritimati"):
        # There it is 23:00 on the day.
        assert titles(user, when="dates", since="2025-11-18") == {"now"}
    with timezone.override("Asia/Tokyo"):
        make_ended_session(user, [], title="last night", at=datetime(2025, 11, 17, 15, 30, tzinfo=UTC))
        assert titles(user, when="today") == {"now", "last night"}


def test_language_length_source_and_corrections(user: User) -> None:
    asked = make_ended_session(user, [], title="asked", language="de", clock_ms=60_000)
    heard = make_session(user, title="heard", clock_ms=600_000)
    make_utterance(heard, "Moin.", language="de", commit=False)
    Session.objects.filter(pk=heard.pk).update(corrections=2)
    make_ended_session(user, ["Hi."], title="file", source=SessionSource.FILE, clock_ms=3_600_000)
    assert titles(user, language="de") == {"asked", "heard"}
    assert titles(user, length="short") == {"asked"}
    assert titles(user, length="medium") == {"heard"}
    assert titles(user, length="long") == {"file"}
    assert titles(user, source="file") == {"file"}
    assert titles(user, source="live") == {"asked", "heard"}
    assert titles(user, corrected="yes") == {"heard"}
    assert titles(user, corrected="no") == {"asked", "file"}
    assert titles(user, language="de", length="short") == {"asked"}
    assert [each.title for each in ordered(user.sessions.all(), Order.LONGEST)] == ["file", "heard", "asked"]
    assert Choices.of(user).languages == ("de", "en")
    assert asked.source == SessionSource.LIVE


@pytest.mark.parametrize(
    "query",
    [
        {"when": "'"},
        {"length": "x" * 999},
        {"since": "2025-13-99", "when": "dates"},
        {"since": "0001-01-01", "until": "9999-12-31", "when": "dates"},
        {"source": "\0"},
        {"language": "\0\0"},
        {"tag": "\0"},
    ],
)
def test_what_is_not_known_filters_nothing(user: User, query: dict[str, str]) -> None:
    make_ended_session(user, [], title="all")
    assert titles(user, **query) == {"all"}


def test_the_best_match_is_an_order_of_searches_only() -> None:
    assert order_of("best", searching=False) == Order.NEWEST
    assert order_of("", searching=True) == Order.BEST
    assert order_of("oldest", searching=True) == Order.OLDEST
    assert order_of("'", searching=False) == Order.NEWEST


# --- Tags ------------------------------------------------------------------------------------------


def test_a_tag_is_one_whatever_its_case_and_goes_with_its_last_session(user: User) -> None:
    one, other = make_session(user, title="one"), make_session(user, title="other")
    assert tagging.add(user, [one], "  Big   work ") == 1
    assert tagging.add(user, [one, other], "big WORK") == 1
    assert tagging.names(one) == tagging.names(other) == ["Big work"]
    assert titles(user, tag="BIG work") == {"one", "other"}
    assert Choices.of(user).tags == ("Big work",)
    assert tagging.remove(user, [one], "Big Work") == 1
    assert Tag.objects.count() == 1
    assert tagging.remove(user, [one, other], "big work") == 1
    assert Tag.objects.count() == 0
    assert tagging.remove(user, [one], "big work") == 0


def test_commas_separate_tags(user: User) -> None:
    one, other = make_session(user), make_session(user)
    assert tagging.add(user, [one, other], "Interviews, Küche,, interviews、 仕事 ،عمل,") == 2
    assert tagging.names(one) == tagging.names(other) == ["Interviews", "Küche", "عمل", "仕事"]
    assert tagging.add(user, [one, other], "Küche, interviews") == 0
    assert tagging.remove(user, [one], "küche, 仕事") == 1
    assert tagging.names(one) == ["Interviews", "عمل"]
    # Tags could have a comma once.
    old = Tag.objects.create(user=user, name="Interviews, Küche")
    old.sessions.add(one)
    assert tagging.remove(user, [one, other], "interviews,  küche") == 1
    assert tagging.names(other) == ["Interviews", "Küche", "عمل", "仕事"]
    with pytest.raises(tagging.TagError, match="no comma"):
        tagging.rename(user, Tag.objects.get(name="Küche").pk, "a, b")


def test_tags_are_ones_own(user: User) -> None:
    stranger = make_user()
    theirs = make_session(stranger)
    assert tagging.add(user, [theirs], "work") == 0
    tagging.add(stranger, [theirs], "work")
    assert tagging.remove(user, [theirs], "work") == 0
    assert tagging.names(theirs) == ["work"]
    assert Choices.of(user).tags == ()


@pytest.mark.parametrize(
    "name", ["", "  ", "\0", ", ,", "x" * 41, f"short, {'x' * 41}", ",".join(map(str, range(21)))]
)
def test_a_tag_that_cannot_be_is_refused_in_a_sentence(user: User, name: str) -> None:
    session = make_session(user)
    with pytest.raises(tagging.TagError, match=r"\.$"):
        tagging.add(user, [session], name)
    assert not Tag.objects.exists()


def test_a_session_has_twenty_tags_at_most(user: User) -> None:
    full, other = make_session(user), make_session(user)
    for number in range(MOST_TAGS):
        tagging.add(user, [full], f"tag {number}")
    assert tagging.add(user, [full], "TAG 1") == 0
    with pytest.raises(tagging.TagError, match="at most 20 tags"):
        tagging.add(user, [other, full], "tag 1, one more")
    assert tagging.names(other) == []


# --- Titles ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("The last ferry left Stromness. Nobody knew.", "The last ferry left Stromness"),
        ("um, so, okay the piano tuner came.", "The piano tuner came"),
        ("Yes. We went to the kirk. Then home.", "Yes. We went to the kirk"),
        ("So.", "So"),
        ("", ""),
        (None, ""),
        ("...", ""),
        ("東京でピアノを弾いた。楽しかった。", "東京でピアノを弾いた"),
        (
            "I know about the piano because I was asked to help lift it, and nobody on board thought it strange",
            "I know about the piano because I was asked to help lift it",
        ),
        ("x" * 100, "X" + "x" * 59),
        ("And Mr. John Dashwood had then leisure.", "And Mr. John Dashwood had then leisure"),
        ("I met Dr. Smith today. We spoke.", "I met Dr. Smith today"),
        ("Hello Dr. Weber. I am late.", "Hello Dr. Weber"),
        ("Der Termin ist am 3. Mai. Bis dann.", "Der Termin ist am 3. Mai"),
        ("Take fruit, e.g. pears. Then wait.", "Take fruit, e.g. pears"),
        ("We meet at 3 p.m. on Friday. Bye.", "We meet at 3 p.m. on Friday"),
        ("It costs 3.50 at most. Or four.", "It costs 3.50 at most"),
        ("Well water is clean. We drink it.", "Well water is clean"),
        ("Right turn at the church. Then left.", "Right turn at the church"),
        ("Now is the time. Go.", "Now is the time"),
        ("Well, we begin. Now.", "We begin"),
        ("Um 9 Uhr kommt die Fähre. Gut.", "Um 9 Uhr kommt die Fähre"),
        ("Er kommt heute. Gut.", "Er kommt heute"),
        ("Oh Tannenbaum, sangen wir. Gut.", "Oh Tannenbaum, sangen wir"),
        ("Er, um, we begin. Now.", "We begin"),
        ("Das kostet ca. 3,50 Euro. Gut.", "Das kostet ca. 3,50 Euro"),
        ("I met Gov. Newsom. He left.", "I met Gov. Newsom"),
    ],
)
def test_a_title_is_proposed_from_the_first_words(said: str | None, title: str) -> None:
    assert proposal(said) == title


def test_dictations_in_which_nothing_was_said_are_not_listed(user: User) -> None:
    make_session(user)
    make_ended_session(user, [])
    noted = make_ended_session(user, [])
    noted.notes.create(at_ms=0, text="Ask Ada.")
    found = {make_ended_session(user, ["Words."]), make_ended_session(user, [], title="A plan"), noted}
    assert set(HistoryQuery.of(user, {}).sessions(user, NOW)) == found


def test_a_list_reads_no_other_table_for_sessions_with_words(user: User) -> None:
    """Else PostgreSQL may read all recordings of everybody for each list."""
    make_ended_session(user, ["Words."])
    plan = HistoryQuery.of(user, {}).sessions(user, NOW).explain(analyze=True)
    assert plan.count("SubPlan") >= 4
    assert plan.count("never executed") >= 4


def test_the_first_line_does_not_repeat_the_title(user: User) -> None:
    opening = ["So, the last ferry left.", "I know about the piano.", "Nobody thought it strange."]
    following = "I know about the piano. Nobody thought it strange."
    assert proposal(opening[0]) == "The last ferry left"
    assert beyond("The last ferry left", opening) == following
    assert beyond("the LAST ferry", opening) == f"… left. {following}"
    assert beyond("The night ferry", opening) == opening[0]
    assert beyond("piano", opening) == opening[0]
    assert beyond("", opening) == opening[0]
    assert beyond("The last ferry left", opening[:1]) == ""
    assert beyond("anything", []) == ""
    assert beyond("Moin (1+1)", ["Moin (1+1)? Ja."]) == "Ja."
    assert beyond("今日は晴れです", ["今日は晴れです。", "明日は雨。"]) == "明日は雨。"
    long = (
        "We went over the quarterly figures for the northern region, and then somebody asked about the ferry."
    )
    assert beyond(proposal(long), [long]) == "… and then somebody asked about the ferry."


@pytest.mark.parametrize("text", ["Hello Dr. Weber, thanks for coming. It rains.", "Well. Um, yes, we go."])
def test_a_proposed_title_and_its_first_line_say_each_word_once(user: User, text: str) -> None:
    title = proposal(text)
    assert title.casefold() not in beyond(title, [text]).casefold()


def test_favourites_and_transcripts_without_a_tag_are_found(user: User) -> None:
    make_ended_session(user, [], title="starred", favourite=True)
    tagged = make_ended_session(user, [], title="tagged")
    tagging.add(user, [tagged], "work")
    assert titles(user, favourite="yes") == {"starred"}
    assert titles(user, tag=" ") == {"starred"}
    assert titles(user, tag="work") == {"tagged"}
    assert titles(user, favourite="no", tag="  ") == {"starred", "tagged"}
    assert Filters.of({"favourite": "yes"})
    folders = Folders.of(user)
    assert (folders.tags, folders.untagged, folders.favourites, folders.trashed) == (
        (("work", 1),),
        1,
        1,
        False,
    )


def test_the_largest_tags_are_the_folders(user: User) -> None:
    session, other = make_ended_session(user, []), make_ended_session(user, [])
    for number in range(MOST_FOLDERS):
        tagging.add(user, [session], f"tag {number:02}")
    assert Folders.of(user).is_all
    tagging.add(user, [session, other], "Zebra")
    folders = Folders.of(user)
    assert not folders.is_all
    assert len(folders.tags) == MOST_FOLDERS
    assert folders.tags[-1] == ("Zebra", 2)


def test_a_tag_is_renamed_but_not_to_another(user: User) -> None:
    session = make_ended_session(user, [])
    tagging.add(user, [session], "work")
    tagging.add(user, [session], "home")
    work = Tag.objects.get(name="work")
    assert tagging.rename(user, work.pk, " Work ").name == "Work"
    with pytest.raises(tagging.TagError, match="already a tag “Home”"):
        tagging.rename(user, work.pk, "Home")
    with pytest.raises(tagging.TagError):
        tagging.rename(user, work.pk, " ")
    assert tagging.names(session) == ["home", "Work"]
