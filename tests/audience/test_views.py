"""Who may read what, and how the page is answered."""

import re
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.test import AsyncClient, Client
from django.utils import timezone

from captions.audience import keys, limits, sharing
from captions.models import Scope, Session, Share, User
from captions.protocol import messages
from captions.tokens.issuing import issue, revoke
from captions.transcripts import trash
from tests.audience.conftest import Publish, Read
from tests.clients.tokens import Program, program, token_of
from tests.factories import make_session, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def link(session: Session) -> str:
    """The query with the key of a link."""
    return f"?key={sharing.make(session, now=timezone.now())[1]}"


@pytest.fixture
def stranger(db: None) -> User:
    return make_user("jo")


def anybody() -> AsyncClient:
    return AsyncClient()


async def logged_in(user: User) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(user)
    return client


# --- Who may ------------------------------------------------------------------------------------


async def test_a_login_reads_its_own_sessions_only(read: Read, session: Session, stranger: User) -> None:
    assert (await read(session)).status == 200
    foreign = await read(session, client=await logged_in(stranger))
    nothing = await read(Session(), client=await logged_in(stranger))
    assert (foreign.status, nothing.status) == (404, 404)
    assert foreign.response.content == nothing.response.content
    assert (await read(session, client=anybody())).status == 401


async def test_a_token_reads_with_its_scope(read: Read, session: Session, user: User, stranger: User) -> None:
    make = sync_to_async(token_of)
    reads = await make(user, Scope.READ)
    assert await (await read(session, client=program(reads))).finals(1) == ["final 1.1"]
    assert (await read(session, client=program(await make(user, Scope.LIVE, Scope.WRITE)))).status == 403
    assert (await read(session, client=program(await make(stranger, Scope.READ)))).status == 404
    wrong = await read(session, client=program("wsp_wrong"))
    assert wrong.status == 401
    assert wrong.response.json()["code"] == "invalid_token"
    # A token is asked for what it may, whoever is logged in.
    both = Program(authorization="Bearer wsp_wrong")
    await both.aforce_login(user)
    assert (await read(session, client=both)).status == 401


async def test_a_stream_takes_no_place_of_the_requests_of_its_token(
    read: Read, session: Session, user: User, settings: Any
) -> None:
    settings.LIMIT_TOKEN_REQUESTS_AT_ONCE = 1
    client = program(await sync_to_async(token_of)(user, Scope.READ))
    await (await read(session, client=client)).finals(3)
    assert (await read(session, client=client)).status == 200


async def test_a_revoked_token_ends_its_stream(
    read: Read, session: Session, user: User, settings: Any
) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    token, text = await sync_to_async(issue)(user, name="t", scopes=["read"], now=timezone.now())
    reading = await read(session, client=program(text))
    await reading.finals(3)
    await sync_to_async(revoke)([token], timezone.now())
    assert (await reading.next()).data["reason"] == "not_logged_in"


async def test_over_plain_http_nothing_is_read(
    read: Read, session: Session, link: str, settings: Any
) -> None:
    settings.LOCAL, settings.SECURE_SSL_REDIRECT = False, True
    for query, client in (("", program("wsp_any")), (link, anybody())):
        refused = await read(session, query, client=client)
        assert (refused.status, refused.response.json()["code"]) == (403, "insecure")


# --- Share links --------------------------------------------------------------------------------


async def test_a_link_reads_captions_and_no_more(
    read: Read, session: Session, link: str, publish: Publish
) -> None:
    reading = await read(session, link, client=anybody())
    await reading.next("state")
    first = await reading.next()
    assert (str(first), first.data["text"]) == ("final 1.1", "One.")
    # How well it was heard is nothing for an audience.
    assert not {"words", "confidence"} & first.data.keys()
    await reading.finals(2)
    await publish(session, **messages.error("not_transcribed", "A sentence could not be transcribed."))
    await publish(session, **messages.partial(utterance="u", start_ms=0, stable="Fo", tentative="ur"))
    assert str(await reading.next()) == "partial"
    assert reading.response["X-Robots-Tag"] == "noindex"
    assert reading.response["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_link_is_read_only(method: str, session: Session, link: str) -> None:
    client = Client()
    for path in ("events", ""):
        assert getattr(client, method)(f"/captions/{session.pk}/{path}{link}").status_code == 405
    for path in (
        f"/sessions/{session.pk}/",
        f"/sessions/{session.pk}/captions/",
        f"/api/v1/sessions/{session.pk}",
    ):
        assert getattr(client, method)(path + link).status_code in (302, 401, 405)


async def test_a_link_opens_one_session_and_only_whole(
    read: Read, session: Session, link: str, user: User
) -> None:
    other = await database_sync_to_async(make_session)(user, ["Another."])
    for pk, query in (
        (other, link),
        (Session(), link),
        (session, link[:-1]),
        (session, link + "x"),
        (session, "?key="),
        (session, f"?key={keys.new()}"),
    ):
        refused = await read(pk, query, client=anybody())
        assert (refused.status, refused.response.json()["code"]) == (403, "wrong_key")
    # A wrong link does not fall back to a login.
    assert (await read(session, f"?key={keys.new()}")).status == 403


async def test_revoking_a_link_ends_what_is_read_with_it_at_once(
    read: Read, session: Session, link: str, settings: Any
) -> None:
    kept = f"?key={(await sync_to_async(sharing.make)(session, now=timezone.now()))[1]}"
    revoked, stays = await read(session, link, client=anybody()), await read(session, kept, client=anybody())
    await revoked.finals(3)
    await stays.finals(3)
    share = await Share.objects.aget(shown=link[5:9])
    await sync_to_async(sharing.revoke)(share, timezone.now())
    end = await revoked.next()
    assert (str(end), end.data["reason"]) == ("end", "revoked")
    assert (await read(session, link, client=anybody(), last_event_id="3.1")).status == 403
    assert (await read(session, kept, client=anybody())).status == 200


async def test_a_link_rests_while_its_session_is_in_the_trash(
    read: Read, session: Session, link: str, user: User
) -> None:
    reading = await read(session, link, client=anybody())
    await reading.finals(3)
    await database_sync_to_async(trash.delete)(user, [session.pk], timezone.now())
    assert (await reading.next("end")).data["reason"] == "revoked"
    assert (await read(session, link, client=anybody())).status == 403
    await database_sync_to_async(trash.restore)(trash.of(user))
    assert (await read(session, link, client=anybody())).status == 200


async def test_a_link_of_an_account_that_is_closed_does_not_work(
    read: Read, session: Session, link: str, user: User
) -> None:
    await User.objects.filter(pk=user.pk).aupdate(is_active=False)
    assert (await read(session, link, client=anybody())).status == 403


async def test_a_link_without_partials_shows_none(read: Read, session: Session, publish: Publish) -> None:
    make = sync_to_async(sharing.make)
    key = (await make(session, now=timezone.now(), partials=False))[1]
    reading = await read(session, f"?key={key}&partial=1", client=anybody())
    await reading.finals(3)
    await publish(session, **messages.partial(utterance="u", start_ms=0, stable="Fo", tentative="ur"))
    await publish(session, **messages.media("paused", gen=1, clock_ms=1))
    assert str(await reading.next()) == "state"


# --- Limits -------------------------------------------------------------------------------------


async def test_an_account_has_a_number_of_streams(read: Read, session: Session, user: User) -> None:
    token = program(await sync_to_async(token_of)(user, Scope.READ))
    opened = [await read(session, client=token) for _ in range(3)] + [await read(session) for _ in range(2)]
    assert {each.status for each in opened} == {200}
    refused = await read(session)
    assert (refused.status, refused.response.json()["code"]) == (429, "too_many_streams")
    assert refused.response["Retry-After"] == "30"
    # One that ends makes room.
    await opened[0].next()
    await opened[0].close()
    assert (await read(session)).status == 200


async def test_a_session_has_a_number_of_viewers(
    read: Read, session: Session, link: str, settings: Any
) -> None:
    settings.LIMIT_VIEWERS = 2
    assert [(await read(session, link, client=anybody())).status for _ in range(3)] == [200, 200, 429]
    # Its own person is not kept out.
    assert (await read(session)).status == 200


def test_a_stream_whose_process_died_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1_000.0
    monkeypatch.setattr("captions.core.places.valkey_now", lambda: moment)
    limits.take("user:1", 2, "dead")
    limits.take("user:1", 2, "lives")
    moment += 60
    limits.keep("user:1", "lives")
    with pytest.raises(limits.TooManyStreamsError):
        limits.take("user:1", 2, "early")
    moment += 60
    limits.take("user:1", 2, "new")


# --- Answers ------------------------------------------------------------------------------------


async def test_head_asks_how_things_stand(session: Session, user: User, link: str) -> None:
    client = anybody()
    there = await client.head(f"/captions/{session.pk}/events{link}")
    assert (there.status_code, there.content) == (200, b"")
    await sync_to_async(session.end)(timezone.now())
    over = await client.head(f"/captions/{session.pk}/events{link}&after=3.1.end")
    assert over.status_code == 204
    assert (await client.head(f"/captions/{session.pk}/events?key=x")).status_code == 403


def test_the_page_says_nothing_of_whose_it_is(session: Session, link: str, visitor: Client) -> None:
    session.rename("A secret plan")
    page = visitor.get(f"/captions/{session.pk}/{link}")
    assert page.status_code == 200
    html = page.content.decode()
    assert '<meta name="robots" content="noindex">' in html
    for private in ("A secret plan", "maren", "One.", "csrf", "/sessions/"):
        assert private not in html
    assert page["X-Robots-Tag"] == "noindex"
    assert page["Referrer-Policy"] == "no-referrer"
    assert page["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert not re.search(r"<style|style=|<script(?![^>]*(src=|json|importmap))", html)


def test_the_page_may_be_embedded_where_its_link_says_so(session: Session) -> None:
    sites = ["https://example.org", "https://*.example.net"]
    key = sharing.make(session, now=timezone.now(), frame_ancestors=sites)[1]
    page = Client().get(f"/captions/{session.pk}/?key={key}")
    assert "X-Frame-Options" not in page
    assert f"frame-ancestors {' '.join(sites)}" in page["Content-Security-Policy"]
    assert "script-src 'self'" in page["Content-Security-Policy"]


def test_who_may_open_the_page(session: Session, visitor: Client, stranger: User, link: str) -> None:
    path = f"/captions/{session.pk}/"
    assert visitor.get(path).status_code == 200
    assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"
    jo = Client()
    jo.force_login(stranger)
    assert jo.get(path).status_code == 404
    assert jo.get(path + link).status_code == 200


def test_a_link_that_does_not_work_says_so_and_nothing_else(session: Session, visitor: Client) -> None:
    path = f"/captions/{session.pk}/?key=wrong"
    for client in (Client(), visitor):
        page = client.get(path)
        assert page.status_code == 403
        assert page["X-Robots-Tag"] == "noindex"
        assert page["Referrer-Policy"] == "no-referrer"
        body = page.content.decode().partition("<body>")[2]
        assert "This link is no longer valid." in body
        assert "<a " not in body
        assert "<form" not in body
    # On air there are no words about links.
    over_a_picture = Client().get(f"{path}&background=00000000")
    assert over_a_picture.status_code == 403
    assert re.search(r"<body>\s*</body>", over_a_picture.content.decode())


def test_a_wrong_look_is_no_error(session: Session, link: str) -> None:
    page = Client().get(
        f"/captions/{session.pk}/{link}&background=none&lines=x&size=%00&font=%3Cb%3E&hold=-1"
    )
    assert page.status_code == 200
    assert "<b>" not in page.content.decode()
