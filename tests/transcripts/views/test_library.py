import re
import uuid
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import cast
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from captions.models import Session, User
from captions.transcripts import tagging
from captions.transcripts.titles import proposed_for
from tests.factories import make_ended_session, make_session, make_user, make_utterance
from tests.transcripts.views import without_tokens

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)
HOSTILE = '<script>alert("1")</script> & piano'


@pytest.fixture
def ferry(user: User) -> Session:
    return make_ended_session(
        user,
        ["The last ferry left.", "I know about the piano.", "Nobody thought this strange."],
        title="The night ferry",
        at=NOW,
        clock_ms=246_000,
    )


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append({"tag": tag, **dict(attrs)})


def elements(html: str) -> list[dict[str, str | None]]:
    parser = _Elements()
    parser.feed(html)
    return parser.found


def page(visitor: Client, url: str, **headers: str) -> str:
    response = visitor.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


# --- History ---------------------------------------------------------------------------------------


def test_the_history_names_title_length_words_and_first_line(visitor: Client, ferry: Session) -> None:
    html = page(visitor, "/sessions/")
    for said in (
        "The night ferry",
        "4 min",
        "13 words",
        "The last ferry left.",
        "1 transcript",
        ferry.get_absolute_url(),
    ):
        assert said in html
    assert "I know about" not in html


def test_where_nothing_was_recorded_is_said_in_its_place(visitor: Client, ferry: Session) -> None:
    Session.objects.update(outages=[[1_500, 61_000], [90_000, 90_200]])
    html = page(visitor, ferry.get_absolute_url())
    before, after = html.split("Nothing was recorded from 0:01 to 1:01.")
    assert "The last ferry left." in before
    assert "I know about the piano." in after
    assert "Nothing was recorded" not in after
    assert "[[1500, 61000], [90000, 90200]]" in page(visitor, f"/?session={ferry.pk}")


def test_the_history_is_newest_first_and_in_pages(visitor: Client, user: User) -> None:
    for number in range(25):
        make_ended_session(user, [], title=f"Number {number:02}", at=NOW + timedelta(days=number))
    first, second = page(visitor, "/sessions/"), page(visitor, "/sessions/?page=2")
    assert first.index("Number 24") < first.index("Number 05")
    assert "Number 04" not in first
    assert second.index("Number 04") < second.index("Number 00")
    assert 'href="/sessions/?page=2"' in first
    assert "Page 2 of 2" in page(visitor, "/sessions/?page=99")
    assert "Page 1 of 2" in page(visitor, "/sessions/?page=x")


def test_an_empty_history_says_where_to_begin(visitor: Client) -> None:
    html = page(visitor, "/sessions/")
    assert "Nothing yet. Your dictations will appear here. You can add audio and video files too." in html
    assert "Start dictating" in html
    assert 'name="when"' not in html, "there is nothing to filter"


def test_a_search_shows_places_with_their_times_and_links_to_them(visitor: Client, ferry: Session) -> None:
    html = page(visitor, "/sessions/?q=pianos")
    assert "1 match in 1 transcript" in html
    assert f'href="{ferry.get_absolute_url()}?q=pianos&amp;at=2800#u-2"' in html
    assert "I know about the <mark>piano</mark>." in html
    assert "0:02" in html


def test_a_search_for_nothing_says_so_without_taking_it_for_markup(visitor: Client, ferry: Session) -> None:
    html = page(visitor, "/sessions/?q=%3Cb%3Ezither")
    assert "No transcript contains “&lt;b&gt;zither”. Try another spelling." in html


def test_what_was_said_is_never_markup(visitor: Client, user: User) -> None:
    session = make_ended_session(user, [HOSTILE], title=HOSTILE)
    for url in (
        "/sessions/",
        "/sessions/?q=piano",
        session.get_absolute_url(),
        f"{session.get_absolute_url()}?q=piano",
    ):
        html = page(visitor, url)
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(" in html
    assert "&lt;script&gt;" in page(visitor, reverse("session-delete", args=[session.pk]))


@pytest.mark.parametrize(
    "query", ["", "?q=line", "?q=line&order=oldest&page=1", "?tag=boats&language=en&when=week&select=1"]
)
def test_the_queries_of_a_page_do_not_grow_with_its_rows(
    visitor: Client, user: User, query: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        session = make_ended_session(
            user, [f"line {number}", "another line"], title=f"A line {number}" * (number % 2)
        )
        tagging.add(user, [session], "boats")
    # Eight, and four of the transaction that limits the time of a search.
    with django_assert_max_num_queries(12 if "q=" in query else 8):
        page(visitor, f"/sessions/{query}")


def test_search_as_you_type_goes_on_after_a_log_out(ferry: Session) -> None:
    response = Client().get("/sessions/?q=piano", headers={"HX-Request": "true"})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_address_says_what_is_wanted_and_nothing_unknown_is_an_error(visitor: Client, user: User) -> None:
    make_ended_session(
        user, ["The last ferry left."], title="Old", at=NOW - timedelta(days=900), clock_ms=60_000
    )
    make_ended_session(user, ["The ferry, again."], title="New", language="de", clock_ms=3_600_000)
    html = page(visitor, "/sessions/?q=ferry&order=oldest&when=&length=")
    assert "2 matches in 2 transcripts" in html
    assert html.index(">Old<") < html.index(">New<")
    html = page(visitor, "/sessions/?language=de&length=long&when=today")
    assert "1 transcript<" in html
    assert '<option value="de" selected>German</option>' in html
    assert ">Old<" not in html
    assert "Page 1 of 1" not in html
    assert "2 matches in 2 transcripts" in page(visitor, "/sessions/?q=ferry&page=7")
    assert "2 transcripts" in page(visitor, "/sessions/?when=x&order=x&page=x&length=%00&since=x")


def test_an_empty_list_says_what_to_try(visitor: Client, ferry: Session) -> None:
    for word in ("zither", '"zither"', "%", "สวัสดี"):
        shown = word.strip('"')
        for query, advice in (
            ("", "another spelling"),
            ("&when=today", "another spelling, or an older date"),
            ("&source=file", "another spelling, or fewer filters"),
        ):
            html = page(visitor, f"/sessions/?{urlencode({'q': word})}{query}")
            assert f"No transcript contains “{shown}”. Try {advice}." in html
    for phrase in ("zither lute", '"zither lute"', "ferry -zither lute"):
        html = page(visitor, f"/sessions/?{urlencode({'q': phrase})}")
        assert "Try fewer words." in html
    assert "Try fewer words, or an older date." in page(visitor, "/sessions/?q=zither+lute&when=today")
    assert "Try fewer words, or fewer filters." in page(visitor, "/sessions/?q=zither+lute&source=file")
    assert "No transcripts match. Try fewer filters." in page(visitor, "/sessions/?source=file")
    assert "Enter a word to find, not only words to leave out." in page(visitor, "/sessions/?q=-ferry")


# --- A new session ---------------------------------------------------------------------------------


def test_a_new_session_is_told_its_socket(visitor: Client, user: User) -> None:
    response = visitor.post("/sessions/", {"title": " The night ferry ", "language": "de"})
    session = user.sessions.get()
    assert response.status_code == 201
    assert response.json() == {
        "id": str(session.pk),
        "socket": f"/ws/sessions/{session.pk}/",
        "url": f"/sessions/{session.pk}/",
    }
    assert (session.title, session.language, session.state) == ("The night ferry", "de", "new")


@pytest.mark.parametrize(
    ("fields", "account", "days", "kept"),
    [
        ({}, True, 90, True),
        ({}, False, 90, False),
        ({"keep_sound": "false"}, True, 90, False),
        ({"keep_sound": "true"}, False, 90, True),
        ({"keep_sound": "true"}, True, 0, False),
    ],
    ids=["as the account says", "as the account says not", "not this one", "this one", "none at all here"],
)
def test_whether_sound_is_kept_is_settled_before_it_begins(
    visitor: Client, user: User, settings, fields: dict[str, str], account: bool, days: int, kept: bool
) -> None:
    settings.SOUND_KEEP_DAYS = days
    user.keep_sound = account
    user.save()
    assert visitor.post("/sessions/", fields).status_code == 201
    assert user.sessions.get().keep_sound is kept


def test_a_new_session_needs_neither_title_nor_language(visitor: Client, user: User) -> None:
    assert visitor.post("/sessions/").status_code == 201
    assert (user.sessions.get().title, user.sessions.get().language) == ("", "")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": "x" * 201}, "A title can have at most 200 characters."),
        ({"title": "a\0b"}, "Null characters are not allowed."),
        ({"language": "klingon"}, "The language klingon is not supported."),
    ],
)
def test_a_session_that_cannot_be_is_refused_in_a_sentence(
    visitor: Client, fields: dict[str, str], sentence: str
) -> None:
    response = visitor.post("/sessions/", fields)
    assert (response.status_code, response.json()) == (400, {"code": "invalid", "message": sentence})
    assert not Session.objects.exists()


def test_a_page_of_another_site_makes_no_session(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert client.post("/sessions/").status_code == 403


# --- One transcript --------------------------------------------------------------------------------


def test_a_transcript_has_its_rows_in_the_order_of_speech(visitor: Client, user: User) -> None:
    session = make_ended_session(user, [])
    make_utterance(session, "Said last.", start_ms=3_753_000)
    make_utterance(session, "Said first.", start_ms=4_100, end_ms=5_000, language="jw")
    html, _, template = page(visitor, session.get_absolute_url()).partition('<template id="row-template"')
    rows = [element for element in elements(html) if "data-seq" in element]
    assert [(row["id"], row["data-seq"], row["data-start-ms"], row["data-end-ms"]) for row in rows] == [
        ("u-2", "2", "4100", "5000"),
        ("u-1", "1", "3753000", "3753400"),
    ]
    assert "0:04" in html
    assert "1:02:33" in html
    assert 'data-text dir="auto" lang="jv">Said first.</p>' in html
    assert 'data-text dir="auto" lang="en">Said last.</p>' in html
    # What scripts make rows of.
    assert 'data-text dir="auto"></p><time' in template


def test_a_transcript_says_how_long_and_in_what_language(visitor: Client, ferry: Session) -> None:
    html = page(visitor, ferry.get_absolute_url())
    assert "18 November 2025, 09:00&nbsp;· 4 min 6 s&nbsp;· " in html
    assert ">13 words</span>&nbsp;· English" in html
    assert f'href="{ferry.get_absolute_url()}export/"' in html


def test_a_transcript_marks_what_was_searched_for(visitor: Client, ferry: Session) -> None:
    html = page(visitor, f"{ferry.get_absolute_url()}?q=piano")
    assert "I know about the <mark>piano</mark>." in html
    assert "1 match for “piano”" in html


def test_a_session_that_goes_on_leads_back_to_the_microphone(visitor: Client, user: User) -> None:
    session = make_session(user, clock_at=NOW)
    html = page(visitor, session.get_absolute_url())
    assert f'href="/?session={session.pk}"' in html
    assert f'href="/captions/{session.pk}/"' in html


def test_a_title_is_changed(visitor: Client, ferry: Session) -> None:
    url = reverse("session-rename", args=[ferry.pk])
    assert visitor.post(url, {"title": "The day ferry"})["Location"] == ferry.get_absolute_url()
    response = visitor.post(url, {"title": "The noon ferry"}, headers={"Accept": "application/json"})
    assert (response.status_code, response.json()) == (200, {"title": "The noon ferry"})
    ferry.refresh_from_db()
    assert ferry.title == "The noon ferry"


def test_a_title_that_is_too_long_is_refused_where_it_was_typed(visitor: Client, ferry: Session) -> None:
    url = reverse("session-rename", args=[ferry.pk])
    response = visitor.post(url, {"title": "x" * 201})
    assert response.status_code == 400
    html = response.content.decode()
    assert "A title can have at most 200 characters." in html
    assert "The night ferry" in html
    response = visitor.post(url, {"title": "x" * 201}, headers={"Accept": "application/json"})
    assert response.json()["message"] == "A title can have at most 200 characters."


# --- Deletion --------------------------------------------------------------------------------------


def test_deletion_asks_first_and_says_what_goes(visitor: Client, ferry: Session) -> None:
    url = reverse("session-delete", args=[ferry.pk])
    as_page, as_dialog = page(visitor, url), page(visitor, url, **{"HX-Request": "true"})
    for html in (as_page, as_dialog):
        assert "Delete “The night ferry”?" in html
        assert "3 sentences, 13 words, 4 min 6 s." in html
        assert "For 30 days you can restore it under “Recently deleted” in the history." in html
    assert "<html" in as_page
    assert "<html" not in as_dialog
    assert "<dialog" in as_dialog
    assert Session.objects.filter(pk=ferry.pk).exists()


@pytest.mark.parametrize("name", ["session", "session-versions", "session-export-options", "session-delete"])
def test_what_has_no_title_is_called_by_its_first_words(visitor: Client, ferry: Session, name: str) -> None:
    ferry.rename("")
    html = page(visitor, reverse(name, args=[ferry.pk]))
    assert "Untitled" not in html
    assert proposed_for(ferry) in html.partition("</title>")[0]


def test_deletion_leaves_nothing(visitor: Client, ferry: Session) -> None:
    response = visitor.post(reverse("session-delete", args=[ferry.pk]), follow=True)
    assert response.redirect_chain == [("/sessions/", 302)]
    assert "“The night ferry” was deleted." in response.content.decode()
    assert not Session.objects.exists()
    assert visitor.get(ferry.get_absolute_url()).status_code == 404


# --- Whose it is -----------------------------------------------------------------------------------

ADDRESSES = ["session", "session-rename", "session-delete"]


def _ask(client: Client, name: str, pk: uuid.UUID) -> HttpResponse:
    url = reverse(name, args=[pk])
    response = client.post(url, {"title": "mine"}) if name == "session-rename" else client.get(url)
    return cast(HttpResponse, response)


@pytest.mark.parametrize("name", ADDRESSES)
def test_what_is_not_yours_is_not_there(visitor: Client, name: str) -> None:
    theirs = make_ended_session(make_user(), ["Private."], title="Private")
    not_mine, unknown = _ask(visitor, name, theirs.pk), _ask(visitor, name, uuid.uuid4())
    assert (not_mine.status_code, unknown.status_code) == (404, 404)
    assert without_tokens(not_mine) == without_tokens(unknown)
    assert visitor.post(reverse("session-delete", args=[theirs.pk])).status_code == 404
    theirs.refresh_from_db()
    assert theirs.title == "Private"


@pytest.mark.parametrize("name", ADDRESSES)
def test_strangers_are_sent_to_log_in(name: str, ferry: Session) -> None:
    response = _ask(Client(), name, ferry.pk)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/sessions/")


def test_nobody_sees_the_history_of_others(visitor: Client) -> None:
    make_ended_session(make_user(), ["Private piano."], title="Private")
    assert "Private" not in page(visitor, "/sessions/")
    assert "Nothing found" in page(visitor, "/sessions/?q=piano")


@pytest.mark.parametrize(
    ("name", "method"), [("session", "post"), ("session-rename", "get"), ("history", "put")]
)
def test_other_methods_are_refused(visitor: Client, ferry: Session, name: str, method: str) -> None:
    url = reverse(name, args=[] if name == "history" else [ferry.pk])
    assert getattr(visitor, method)(url).status_code == 405


def test_pages_of_what_was_said_are_not_kept_by_the_browser(visitor: Client, ferry: Session) -> None:
    for url in ("/sessions/", ferry.get_absolute_url()):
        assert "no-store" in visitor.get(url)["Cache-Control"]


# --- Mistyped words -------------------------------------------------------------------------------


def test_a_mistyped_word_shows_what_was_probably_meant(visitor: Client, ferry: Session) -> None:
    html = page(visitor, "/sessions/?q=paino")
    assert "No exact match. Showing results for “piano”. 1 match in 1 transcript" in html
    assert 'value="paino"' in html, "what was typed stays in its field"
    assert "I know about the <mark>piano</mark>." in html
    assert f'href="{ferry.get_absolute_url()}?q=piano' in html
    (exact,) = re.findall(r'<a href="([^"]+)">Search only for “paino”</a>', html)
    html = page(visitor, exact.replace("&amp;", "&"))
    assert "No transcript contains “paino”." in html
    assert "piano" not in html


def test_two_words_that_were_typed_as_one_are_shown_as_a_phrase(visitor: Client, ferry: Session) -> None:
    html = page(visitor, "/sessions/?q=thepiano")
    assert "No exact match. Showing results for “the piano”. 1 match in 1 transcript" in html
    assert "<mark>the</mark> <mark>piano</mark>" in html
    assert "Search only for “thepiano”" in html


def test_what_is_found_exactly_is_not_corrected(
    visitor: Client, ferry: Session, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    assert "exact match" not in page(visitor, "/sessions/?q=piano")
    assert "exact match" not in page(visitor, "/sessions/?q=xyzzyx")
    make_ended_session(make_user(), ["The harmonium."])
    assert "harmonium" not in page(visitor, "/sessions/?q=harmonum")


def test_all_that_a_corrected_search_found_can_be_selected(visitor: Client, ferry: Session) -> None:
    html = page(visitor, "/sessions/?q=paino&select=1")
    (query,) = re.findall(r'name="query" value="([^"]*)"', html)
    assert query == "q=piano&amp;select=1"


def test_a_page_of_a_corrected_search_beyond_the_end_is_the_last_one(visitor: Client, ferry: Session) -> None:
    assert "<mark>piano</mark>" in page(visitor, "/sessions/?q=paino&page=9")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("xyzzyx", "“xyzzyx”"),
        ('"the xyzzyx"', "“the xyzzyx”"),
        ('a "b xyzzyx"', "a &quot;b xyzzyx&quot;"),
    ],
)
def test_a_query_is_in_one_pair_of_quotation_marks(
    query: str, said: str, visitor: Client, ferry: Session
) -> None:
    html = visitor.get("/sessions/", {"q": query}).content.decode()
    assert f"No transcript contains {said}." in html
    html = visitor.get(ferry.get_absolute_url(), {"q": query}).content.decode()
    assert f"0 matches for {said}" in html


# --- Favourites and tags ---------------------------------------------------------------------------


def test_a_row_says_the_time_of_day_and_its_words_once(visitor: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(time_zone="Europe/Berlin")
    make_ended_session(user, ["The last ferry left.", "Then it rained."], at=NOW, clock_ms=246_000)
    html = page(visitor, "/sessions/")
    assert "10:00&nbsp;· 4 min&nbsp;· 7 words" in html
    assert html.count(">The last ferry left") == 1
    assert ">Then it rained.<" in html
    assert 'class="unset"' not in html
    assert 'class="title"' in page(visitor, user.sessions.get().get_absolute_url())


def test_a_favourite_is_made_found_and_unmade(visitor: Client, ferry: Session) -> None:
    url = reverse("session-favourite", args=[ferry.pk])
    assert visitor.post(url, {"favourite": "yes", "back": "/sessions/"})["Location"] == "/sessions/"
    html = page(visitor, "/sessions/")
    assert 'aria-pressed="true" aria-label="Favourite: The night ferry"' in html
    assert "?favourite=yes" in html
    assert "The night ferry" in page(visitor, "/sessions/?favourite=yes")
    assert 'role="img" aria-label="Favourite"' in page(visitor, "/sessions/?select=1")
    html = visitor.post(url, {"favourite": "no"}, headers={"HX-Request": "true"}).content.decode()
    assert html.lstrip().startswith("<form")
    assert 'aria-pressed="false"' in html
    assert 'id="folders"' not in html
    assert "The night ferry" not in page(visitor, "/sessions/?favourite=yes")
    assert visitor.post(reverse("session-favourite", args=[make_session().pk])).status_code == 404


def test_the_folders_go_along_with_the_stars_and_tags_of_the_rows(visitor: Client, ferry: Session) -> None:
    def answer(name: str, **values: str) -> str:
        values["back"] = "/sessions/?q=ferry&tag=boats"
        url = reverse(name, args=[ferry.pk])
        html = visitor.post(url, values, headers={"HX-Request": "true"}).content.decode()
        return html.partition('<div id="folders" hx-swap-oob="innerHTML">')[2]

    assert "Favourites <span>1</span>" in answer("session-favourite", favourite="yes")
    assert 'aria-current="true"><bdi>boats</bdi> <span>1</span>' in answer("session-tags", add="boats")
    assert "Favourites" not in answer("session-favourite", favourite="no")
    gone = answer("session-tags", remove="boats")
    assert gone.strip().endswith("</div>")
    assert "boats" not in gone


def test_tags_are_folders_that_are_renamed_and_deleted(visitor: Client, user: User, ferry: Session) -> None:
    make_ended_session(user, ["Another."], title="Untagged", at=NOW)
    tagging.add(user, [ferry], "Boats & <b>")
    html = page(visitor, "/sessions/?tag=boats+%26+%3Cb%3E")
    assert 'aria-current="true"><bdi>Boats &amp; &lt;b&gt;</bdi> <span>1</span>' in html
    html = page(visitor, "/sessions/?tag=+")
    assert "Untagged" in html
    assert "The night ferry" not in html
    assert '<option value=" " selected>No tag</option>' in html
    tag = user.tags.get()
    html = page(visitor, reverse("session-folders"))
    assert 'value="Boats &amp; &lt;b&gt;"' in html
    url = reverse("session-folder", args=[tag.pk])
    html = visitor.post(url, {"name": "Ships"}, follow=True).content.decode()
    assert "The tag is now called “Ships”." in html
    assert "Enter a tag first." in visitor.post(url, {"name": " "}, follow=True).content.decode()
    html = visitor.post(url, {"delete": "1"}, follow=True).content.decode()
    assert "The tag “Ships” was deleted. Its transcripts stay." in html
    assert tagging.names(ferry) == []
    other = make_user()
    tagging.add(other, [make_session(other)], "theirs")
    theirs = other.tags.get()
    assert visitor.post(reverse("session-folder", args=[theirs.pk]), {"delete": "1"}).status_code == 404
