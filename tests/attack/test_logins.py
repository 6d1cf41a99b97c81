"""What somebody may try with a login: one that was known before, one of another site, and one that is over."""

from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from captions.live.signaling import admission
from captions.models import User
from captions.protocol.messages import MessageError
from tests.factories import make_session, make_user

pytestmark = pytest.mark.django_db

PASSWORD = "a long password"
LOGIN, CHANGE, LOGOUT = "/accounts/login/", "/accounts/password/change/", "/accounts/logout/"


def key_of(client: Client) -> str:
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    return cookie.value if cookie else ""


def login(client: Client, user: User) -> Any:
    answer = client.post(LOGIN, {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return answer


def is_in(client: Client) -> bool:
    return bool(client.get("/settings/").status_code == 200)


def exists(key: str) -> bool:
    return bool(import_module(settings.SESSION_ENGINE).SessionStore().exists(key))


def test_a_key_that_somebody_else_knows_is_no_login() -> None:
    """Session fixation: the attacker gives the victim a key, of a session of the attacker's or one that is none."""
    maren, tomas = make_user("maren"), make_user("tomas")
    attacker = Client()
    # One with something in it, as after the first step of a login.
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store["planted"] = "by Tomas"
    store.save()
    for key in (store.session_key, "a" * 32, "x"):
        victim = Client()
        victim.cookies[settings.SESSION_COOKIE_NAME] = key
        login(victim, maren)
        assert key_of(victim) != key
        assert not exists(key)
        attacker.cookies[settings.SESSION_COOKIE_NAME] = key
        assert not is_in(attacker)
    # Of another's login nothing is left after somebody else has logged in on top of it.
    login(attacker := Client(), tomas)
    known = key_of(attacker)
    victim = Client()
    victim.cookies[settings.SESSION_COOKIE_NAME] = known
    victim.post(LOGOUT)
    login(victim, maren)
    assert key_of(victim) != known
    assert not is_in(attacker)
    assert victim.session["_auth_user_id"] == str(maren.pk)


def test_each_login_has_a_key_and_a_csrf_token_of_its_own() -> None:
    maren, client = make_user(), Client()
    client.get(LOGIN)
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    keys = set()
    for _ in range(3):
        login(client, maren)
        keys.add(key_of(client))
        client.post(LOGOUT)
        assert not is_in(client)
    assert len(keys) == 3
    assert not any(map(exists, keys))
    assert client.cookies[settings.CSRF_COOKIE_NAME].value != token


def test_a_new_password_ends_all_other_logins_and_changes_the_key_of_this_one() -> None:
    maren = make_user()
    here, there = Client(), Client()
    for client in (here, there):
        login(client, maren)
    before = key_of(here)
    session = make_session(maren)
    admission.recheck(maren, session.pk, key_of(there))
    form = {"oldpassword": PASSWORD, "password1": "another long one", "password2": "another long one"}
    assert here.post(CHANGE, form).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert key_of(here) != before
    # Sockets of the other logins are closed at the next check.
    with pytest.raises(MessageError, match="logged out"):
        admission.recheck(maren, session.pk, key_of(there))
    admission.recheck(maren, session.pk, key_of(here))


def test_no_other_site_logs_anybody_in_or_out() -> None:
    """Login CSRF: else one would dictate into the account of whoever made the page."""
    maren = make_user()
    client = Client(enforce_csrf_checks=True)
    form = {"login": maren.username, "password": PASSWORD}
    for headers in (
        {},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"referer": "https://evil.example/"},
    ):
        assert client.post(LOGIN, form, headers=headers).status_code == 403
        # Also where the page of the login was open before.
        client.get(LOGIN)
        token = client.cookies[settings.CSRF_COOKIE_NAME].value
        sent = {**form, "csrfmiddlewaretoken": token} if headers.get("origin") else form
        assert client.post(LOGIN, sent, headers=headers).status_code == 403
        assert not is_in(client)
    token = client.cookies[settings.CSRF_COOKIE_NAME].value
    assert client.post(LOGIN, {**form, "csrfmiddlewaretoken": token}).status_code == 302
    assert is_in(client)
    assert client.post(LOGOUT, headers={"origin": "https://evil.example"}).status_code == 403
    assert client.get(LOGOUT).status_code == 200
    assert is_in(client), "a link or a picture logs nobody out"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ],
)
def test_a_login_leads_to_no_other_site(target: str) -> None:
    maren, client = make_user(), Client()
    answer = client.post(LOGIN, {"login": maren.username, "password": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/")
    assert not answer.headers["Location"].startswith(("//", "/\\"))
    answer = client.get(f"{LOGIN}?next={target}")
    assert answer.status_code == 200 or not answer.headers["Location"].startswith(
        ("//", "/\\", "http", "java")
    )
