import re
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from captions.models import Access, Session, User, Utterance
from captions.review import finding
from captions.transcripts import admin_search
from tests.factories import make_ended_session, make_user, make_utterance

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)
USERS = reverse("admin:captions_user_changelist")
SESSIONS = reverse("admin:captions_session_changelist")
UTTERANCES = reverse("admin:captions_utterance_changelist")


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(make_user("boss", is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def ferry(db: None) -> Session:
    session = make_ended_session(make_user("maren"), [], title="The night ferry", at=NOW, language="en")
    make_utterance(session, "The last ferries left.", confidence=0.95)
    make_utterance(session, "I know about the piano.", start_ms=11_000, confidence=0.4, language="de")
    return session


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def shown(client: Client, url: str) -> int:
    """How many rows a list shows."""
    return len(re.findall(r'name="_selected_action"|<tr><t[hd] class="field-', page(client, url)))


def queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        page(client, url)
    return len(captured)


def test_no_page_leads_to_one_that_only_the_owner_finds(admin: Client, ferry: Session) -> None:
    urls = [reverse("admin:captions_session_change", args=[ferry.pk]), SESSIONS, UTTERANCES, USERS]
    urls += [reverse("admin:captions_user_change", args=[ferry.user_id])]
    assert not [url for url in urls if "/admin/r/" in page(admin, url)]


@pytest.mark.parametrize("url", [USERS, SESSIONS, UTTERANCES, f"{SESSIONS}?q=line", f"{UTTERANCES}?q=line"])
def test_the_queries_of_a_list_do_not_grow_with_its_rows(admin: Client, url: str) -> None:
    for number in range(3):
        make_ended_session(make_user(), [f"line {number}"], title="A line")
    few = queries(admin, url)
    for number in range(40):
        make_ended_session(make_user(), [f"line {number}"], title="A line")
    assert queries(admin, url) <= few


def test_sessions_are_found_by_title_person_and_what_was_said(admin: Client, ferry: Session) -> None:
    make_ended_session(make_user(), ["Nothing of the kind."], title="Other")
    for query, count in {
        "night": 1,
        "maren": 1,
        "maren@example.com": 1,
        "ferry": 1,
        "piano": 1,
        "zither": 0,
    }.items():
        assert shown(admin, f"{SESSIONS}?q={query}") == count, query
    assert shown(admin, f"{SESSIONS}?q=%00") == 2


def test_utterances_are_found_by_their_words_in_any_form(admin: Client, ferry: Session) -> None:
    for query, count in {
        "ferry": 1,
        "the": 2,
        '"last+ferry"': 1,
        "piano+OR+ferry": 2,
        "piano+-know": 0,
    }.items():
        assert shown(admin, f"{UTTERANCES}?q={query}") == count, query


def test_nobody_is_shown_all_that_lacks_a_word(admin: Client, ferry: Session) -> None:
    make_utterance(ferry, "", start_ms=20_000)
    for query in ("-zither", "-piano", '-"last ferry"', "…"):
        assert shown(admin, f"{UTTERANCES}?q={query}") == 0, query
        assert shown(admin, f"{SESSIONS}?q={query}") == 0, query
    assert shown(admin, f"{UTTERANCES}?q=piano -ferry") == 1


def test_what_is_found_comes_best_first_and_says_where_there_is_more(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = make_ended_session(make_user(), ["A piano in a long sentence.", "Piano.", "Piano, piano."])

    def order(url: str) -> list[str]:
        return re.findall(r'class="field-excerpt[^>]*><a [^>]*><[^>]*>([^<]*)<', page(admin, url))

    assert order(f"{UTTERANCES}?q=piano") == ["Piano, piano.", "Piano.", "A piano in a long sentence."]
    assert order(f"{UTTERANCES}?q=piano&o=4") == ["A piano in a long sentence.", "Piano.", "Piano, piano."]
    assert order(f"{UTTERANCES}?q=piano&session__user__id__exact={session.user_id}")
    assert order(f"{UTTERANCES}?q=piano&session__user__id__exact={'9' * 40}") == []
    assert "Only 2 of the results" not in page(admin, f"{UTTERANCES}?q=piano")
    monkeypatch.setattr(admin_search, "MOST_SHOWN", 2)
    assert "Only 2 of the results are shown." in page(admin, f"{UTTERANCES}?q=piano")
    monkeypatch.setattr(finding, "_MOST_COUNTED", 2)
    assert "2 sentences" in page(admin, UTTERANCES)


def test_lists_are_narrowed_by_person_date_language_and_confidence(admin: Client, ferry: Session) -> None:
    make_ended_session(
        make_user(), ["Said today."], at=datetime.now(UTC) - timedelta(minutes=1), language="fr"
    )
    for narrowed, count in {
        f"{SESSIONS}?user__id__exact={ferry.user_id}": 1,
        f"{SESSIONS}?language=fr": 1,
        f"{SESSIONS}?created_at__year=2025&created_at__month=11": 1,
        f"{UTTERANCES}?session__user__id__exact={ferry.user_id}": 2,
        f"{UTTERANCES}?session__id__exact={ferry.pk}": 2,
        f"{UTTERANCES}?language=de": 1,
        f"{UTTERANCES}?confidence=0-50": 1,
        f"{UTTERANCES}?confidence=90-100": 2,
        f"{UTTERANCES}?confidence=none": 0,
        f"{UTTERANCES}?confidence=nonsense": 3,
    }.items():
        assert shown(admin, narrowed) == count, narrowed


def test_what_was_said_can_be_read_but_not_changed(admin: Client, ferry: Session) -> None:
    utterance = ferry.utterances.get(seq=2)
    url = reverse("admin:captions_utterance_change", args=[utterance.pk])
    html = page(admin, url)
    assert "I know about the piano." in html
    assert "0:11" in html
    assert "40%" in html
    assert 'name="text"' not in html
    assert admin.post(url, {"text": "Another"}).status_code == 403
    assert admin.get(reverse("admin:captions_utterance_add")).status_code == 403
    assert admin.get(reverse("admin:captions_utterance_delete", args=[utterance.pk])).status_code == 403
    assert admin.get(reverse("admin:captions_session_add")).status_code == 403


def test_of_a_session_only_the_title_can_be_changed(admin: Client, ferry: Session) -> None:
    url = reverse("admin:captions_session_change", args=[ferry.pk])
    assert f"{UTTERANCES}?session__id__exact={ferry.pk}" in page(admin, url)
    admin.post(url, {"title": "Another", "language": "fr", "last_seq": 99})
    ferry.refresh_from_db()
    assert (ferry.title, ferry.language, ferry.last_seq) == ("Another", "en", 2)


def test_deletion_says_in_numbers_what_goes(admin: Client, ferry: Session) -> None:
    for url in (
        reverse("admin:captions_session_delete", args=[ferry.pk]),
        reverse("admin:captions_user_delete", args=[ferry.user_id]),
    ):
        html = page(admin, url)
        assert "1 transcript<" in html
        assert "2 sentences" in html
        assert "9 words" in html
        assert "piano" not in html


def test_deleting_a_session_leaves_nothing_of_it(admin: Client, ferry: Session) -> None:
    other = make_ended_session(make_user(), ["One."])
    admin.post(reverse("admin:captions_session_delete", args=[other.pk]), {"post": "yes"})
    assert list(Session.objects.all()) == [ferry]
    assert Utterance.objects.count() == 2


def test_many_are_deleted_at_once(admin: Client) -> None:
    user = make_user()
    sessions = [make_ended_session(user, ["One."]) for _ in range(3)]
    chosen = {"action": "delete_selected", "_selected_action": [str(session.pk) for session in sessions[:2]]}
    assert "2 sentences" in admin.post(SESSIONS, chosen).content.decode()
    admin.post(SESSIONS, {**chosen, "post": "yes"})
    assert list(Session.objects.all()) == sessions[2:]


def test_the_queries_of_a_deletion_page_do_not_grow_with_what_goes(admin: Client, ferry: Session) -> None:
    url = reverse("admin:captions_user_delete", args=[ferry.user_id])
    few = queries(admin, url)
    for number in range(20):
        make_ended_session(ferry.user, [f"line {number}"] * 10)
    assert queries(admin, url) <= few


def test_someone_who_is_not_staff_is_turned_away(ferry: Session) -> None:
    client = Client()
    client.force_login(ferry.user)
    for url in (USERS, SESSIONS, UTTERANCES):
        assert client.get(url).status_code == 302


@pytest.mark.django_db
def test_the_administration_is_entered_by_the_login_of_everybody() -> None:
    address = reverse("admin:captions_review_changelist")
    there = Client().get(address, follow=True)
    assert (there.status_code, there.redirect_chain[-1][0]) == (
        200,
        f"{reverse('account_login')}?next={quote(address, safe='')}",
    )


def test_whoever_leaves_the_administration_is_told(admin: Client) -> None:
    left = admin.post(reverse("admin:logout"), follow=True)
    assert left.status_code == 200
    assert admin.get(reverse("admin:index")).status_code == 302


@pytest.mark.parametrize(
    ("language", "hour"), [("en-gb", "18 November 2025, 21:05"), ("de", "18. November 2025 21:05")]
)
def test_a_list_says_times_and_languages_as_its_reader_does(admin: Client, language: str, hour: str) -> None:
    User.objects.update(interface_language=language)
    at = NOW.replace(hour=21, minute=5)
    session = make_ended_session(User.objects.get(), ["Eins."], at=at, title="X", language="cy")
    session.utterances.update(language="cy", created_at=at)
    name = {"en-gb": "Welsh", "de": "Walisisch"}[language]
    for url in (SESSIONS, reverse("admin:captions_session_change", args=[session.pk])):
        assert hour in page(admin, url)
        assert name in page(admin, url)
    assert name in page(admin, UTTERANCES)
    User.objects.update(date_joined=at)
    assert hour in page(admin, USERS)


def test_the_names_of_what_is_administered_are_german_in_german(admin: Client) -> None:
    User.objects.update(interface_language="de")
    assert "Authenticators" not in page(admin, reverse("admin:index"))
    steps = page(admin, reverse("admin:mfa_authenticator_changelist"))
    assert "Zweitfaktoren" in steps
    for english in ("Authenticators", "Created at", "Last used"):
        assert english not in steps
    boss = User.objects.get()
    for _ in range(2):
        Access.objects.create(reader=str(boss.pk), reader_name=boss.username, what="list")
    found = page(admin, reverse("admin:captions_access_changelist"))
    assert "2 Einträge im Zugriffsprotokoll" in found
