"""The link with which a phone joins a running dictation, and what its cookie opens."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from captions.core.token_text import digest
from captions.core.valkey import valkey
from captions.live.joining import grants
from captions.models import Session, User
from captions.protocol import commands, registry
from tests.factories import make_session, make_user
from whisperstream_site.logs import _without_keys

pytestmark = pytest.mark.django_db(transaction=True)

WORKER = "audioworker.test"
GONE = "This code is no longer valid. Show a new one on the computer, and scan that."
OUT = "This phone is not part of the dictation any longer."


@pytest.fixture
def maren(transactional_db: None) -> User:
    return make_user("maren")


@pytest.fixture
def desk(maren: User) -> Client:
    client = Client()
    client.force_login(maren)
    return client


@pytest.fixture
def session(maren: User) -> Session:
    return make_session(maren, ["There was a piano on the ferry."], gen=1, title="The night ferry")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[commands.Command]:
    """What the worker that holds the session hears."""
    heard: list[commands.Command] = []

    async def send(channel: str, message: dict[str, Any]) -> None:
        assert channel == WORKER
        heard.append(commands.unpack(message))

    monkeypatch.setattr("channels_redis.core.RedisChannelLayer.send", lambda self, *args: send(*args))
    return heard


@pytest.fixture(autouse=True)
def _held(session: Session, sent: list[commands.Command]) -> Iterator[None]:
    key = registry._HOLDER + str(session.pk)
    valkey().set(key, WORKER)
    yield
    valkey().delete(key)
    grants.remove(session.pk)


def link(desk: Client, session: Session) -> str:
    answer = desk.post(f"/sessions/{session.pk}/device/")
    assert answer.status_code == 200, answer.content
    return str(urlsplit(answer.json()["link"]).path)


def device(desk: Client, session: Session) -> str:
    return str(desk.get(f"/sessions/{session.pk}/device/state/").json()["device"])


def test_a_link_opens_once_and_gives_the_microphone_of_one_dictation(desk: Client, session: Session) -> None:
    path, phone = link(desk, session), Client()
    asked = phone.get(path)
    assert asked.status_code == 200
    # A preview of the link uses nothing up, and nobody learns whose it is.
    assert phone.head(path).status_code == 200
    assert device(desk, session) == "none"
    for secret in ("night ferry", "piano", "maren", str(session.pk), session.pk.hex):
        assert secret not in asked.content.decode().lower()
    joined = phone.post(path)
    assert (joined.status_code, joined.headers["Location"]) == (302, "/join/")
    cookie = phone.cookies[settings.DEVICE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert phone.get("/join/").status_code == 200
    assert device(desk, session) == "here"
    # Nobody is logged in, and it opens nothing else.
    assert settings.SESSION_COOKIE_NAME not in phone.cookies
    for other in ("/", "/sessions/", f"/sessions/{session.pk}/", "/settings/"):
        assert phone.get(other).status_code == 302
    # It was used up.
    for again in (Client().get(path), Client().post(path), phone.post(path)):
        assert again.status_code == 404
        assert GONE in again.content.decode()


def test_a_link_lasts_a_minute_and_the_next_one_replaces_it(desk: Client, session: Session) -> None:
    first = link(desk, session)
    name = grants._LINK + digest(first.split("/")[2]).hex()
    assert 0 < valkey().ttl(name) <= 60
    second = link(desk, session)
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200
    valkey().delete(grants._LINK + digest(second.split("/")[2]).hex())
    assert Client().post(second).status_code == 404


def test_keys_are_stored_as_digests_and_the_login_is_sealed(desk: Client, session: Session) -> None:
    path, phone = link(desk, session), Client()
    login = desk.session.session_key or ""
    phone.post(path)
    cookie = phone.cookies[settings.DEVICE_COOKIE_NAME].value
    stored = b""
    for name in valkey().scan_iter("whisperstream:joining:*"):
        stored += name
        stored += repr(valkey().dump(name)).encode()
    assert stored
    for secret in (path.split("/")[2], cookie.partition(".")[2], login):
        assert secret.encode() not in stored


def test_the_code_shows_the_link_and_needs_no_style(desk: Client, session: Session) -> None:
    answer = desk.post(f"/sessions/{session.pk}/device/").json()
    assert re.fullmatch(r"http://testserver/join/[\w-]{22}/", answer["link"])
    assert answer["seconds"] == 60
    assert answer["svg"].startswith("<svg ")
    assert "style" not in answer["svg"]
    assert "script" not in answer["svg"]


def test_one_phone_at_most(desk: Client, session: Session) -> None:
    Client().post(link(desk, session))
    refused = desk.post(f"/sessions/{session.pk}/device/")
    assert (refused.status_code, refused.json()["message"]) == (
        409,
        "A phone has joined already. Remove it first.",
    )
    grant = grants.Grant(session.pk, session.user_id, desk.session.session_key, 0)
    late = Client().post(f"/join/{grants.make_link(grant)}/")
    assert late.status_code == 404
    assert "Another phone has joined this dictation already." in late.content.decode()


def test_the_owner_removes_it_and_the_worker_takes_it_out(
    desk: Client, session: Session, sent: list[commands.Command]
) -> None:
    phone = Client()
    phone.post(link(desk, session))
    assert desk.post(f"/sessions/{session.pk}/device/remove/").status_code == 204
    assert sent == [commands.Control(str(session.pk), "stop", "", source="second")]
    assert device(desk, session) == "none"
    answer = phone.get("/join/")
    assert answer.status_code == 404
    assert OUT in answer.content.decode()
    # Another one may join.
    assert Client().post(link(desk, session)).status_code == 302


def test_a_link_that_nobody_has_used_is_withdrawn_as_well(desk: Client, session: Session) -> None:
    path = link(desk, session)
    desk.post(f"/sessions/{session.pk}/device/remove/")
    assert Client().post(path).status_code == 404


def test_it_ends_with_the_dictation_also_if_that_goes_on_later(desk: Client, session: Session) -> None:
    phone = Client()
    phone.post(link(desk, session))
    Session.objects.filter(pk=session.pk).update(ended_at=timezone.now())
    assert phone.get("/join/").status_code == 404
    Session.objects.filter(pk=session.pk).update(ended_at=None, continuations=1)
    assert phone.get("/join/").status_code == 404
    assert device(desk, session) == "none"
    assert Client().post(link(desk, session)).status_code == 302


def test_it_ends_with_the_login_that_has_let_it_in(desk: Client, maren: User, session: Session) -> None:
    phone = Client()
    phone.post(link(desk, session))
    elsewhere = Client()
    elsewhere.force_login(maren)
    elsewhere.logout()
    assert phone.get("/join/").status_code == 200
    maren.set_password("another long password")
    maren.save()
    assert phone.get("/join/").status_code == 404


def test_a_link_of_a_login_that_has_ended_opens_nothing(desk: Client, session: Session) -> None:
    path = link(desk, session)
    desk.logout()
    assert Client().post(path).status_code == 404


@pytest.mark.parametrize("fields", [{"trashed_at": timezone.now()}, {"ended_at": timezone.now()}])
def test_a_link_of_a_dictation_that_is_over_opens_nothing(
    fields: dict[str, Any], desk: Client, session: Session
) -> None:
    path = link(desk, session)
    Session.all_objects.filter(pk=session.pk).update(**fields)
    assert Client().post(path).status_code == 404


def test_only_a_dictation_that_runs_can_be_joined(desk: Client, maren: User) -> None:
    silent = make_session(maren, gen=1)
    answer = desk.post(f"/sessions/{silent.pk}/device/")
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "This dictation is not running. Press Start, then add a phone.",
    )


def test_where_sound_comes_over_websockets_only_no_phone_can_be_added(
    desk: Client, session: Session, settings: Any
) -> None:
    settings.SOUND_ROAD = "websocket"
    answer = desk.post(f"/sessions/{session.pk}/device/")
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "This server takes sound over the web connection only, so no phone can be added.",
    )


def test_the_mode_is_kept_and_told_to_the_worker(
    desk: Client, session: Session, sent: list[commands.Command]
) -> None:
    url = f"/sessions/{session.pk}/device/mode/"
    assert desk.post(url, {"devices": "separate"}).status_code == 204
    session.refresh_from_db()
    assert session.devices == "separate"
    assert sent == [commands.Control(str(session.pk), "mode", "", "separate")]
    assert 'value="separate" checked' in desk.get(f"/sessions/{session.pk}/device/").content.decode()
    refused = desk.post(url, {"devices": "loud"})
    assert (refused.status_code, refused.json()["message"]) == (400, "Choose one of the three ways.")
    assert len(sent) == 1


@pytest.mark.parametrize("key", ["x", "x" * 22, "x" * 500, "é" * 22])
def test_what_is_no_key_opens_nothing(key: str) -> None:
    assert Client().get(f"/join/{key}/").status_code == 404
    assert Client().post(f"/join/{key}/").status_code == 404


@pytest.mark.parametrize("cookie", ["", "x", ".", "0" * 32, "0" * 32 + ".x", "é.é"])
def test_what_is_no_cookie_opens_nothing(cookie: str) -> None:
    assert grants.of_cookie(cookie) is None


def test_the_generations_of_a_phone_go_on_behind_those_of_the_one_before(
    desk: Client, session: Session
) -> None:
    Session.objects.filter(pk=session.pk).update(created_at=timezone.now() - timedelta(minutes=10))
    Client().post(link(desk, session))
    assert 600 <= grants.gen_of(session.pk) < 700


def test_no_log_has_the_key(desk: Client, session: Session, caplog: pytest.LogCaptureFixture) -> None:
    said = _without_keys(
        None, "", {"event": "Not Found: /join/abcdefghijklmnopqrstuv/", "path": "/join/abc-_/"}
    )
    assert said == {"event": "Not Found: /join/…/", "path": "/join/…/"}
    path = link(desk, session)
    Client().post(path)
    assert path.split("/")[2] not in caplog.text
