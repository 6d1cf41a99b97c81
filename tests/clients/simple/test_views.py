"""The simple endpoints, with the real stores; the test plays the audio worker."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from channels.db import database_sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from captions.models import Scope, Session, User
from captions.protocol.commands import Control
from tests.clients.tokens import program, token_of
from tests.factories import make_session, make_utterance
from tests.live.playing import PlayedWorker

pytestmark = pytest.mark.django_db(transaction=True)

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
OFFER = {"type": "offer", "sdp": SDP}


@pytest.fixture(autouse=True)
def _open(settings, monkeypatch) -> None:
    settings.SIMPLE_ENDPOINTS = True
    monkeypatch.setattr("captions.audience.stream._TICK_SECONDS", 0.05)


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.LIVE)


async def post(token: str, body: Any = OFFER, **query: str) -> Any:
    path = f"/offer?{urlencode({**query, 'token': token})}"
    return await AsyncClient(enforce_csrf_checks=True).post(path, body, content_type="application/json")


Read = Callable[..., Awaitable[Any]]


@pytest.fixture
async def read() -> AsyncIterator[Read]:
    """Asks for sentences."""
    opened: list[Any] = []

    async def read(token: str, headers: dict[str, str] | None = None, **query: str) -> Any:
        response = await AsyncClient().get(
            f"/transcribe?{urlencode({**query, 'token': token})}", headers=headers or {}
        )
        opened.append(response)
        return response

    yield read
    for response in opened:
        if response.streaming:
            await response._iterator.aclose()


async def told(response: Any) -> str:
    return b"".join([chunk async for chunk in response.streaming_content]).decode()


async def test_an_offer_begins_a_dictation_that_has_the_pages_name(
    token: str, user: User, worker: PlayedWorker
) -> None:
    answer = await post(token, id="rtc-1", language="de", title="A page")
    assert answer.status_code == 200, answer.content
    assert answer.json() == {"type": "answer", "sdp": worker.answer}
    assert answer["Access-Control-Allow-Origin"] == "*"
    session = await Session.objects.aget()
    assert (session.user_id, session.title, session.language, session.via) == (
        user.pk,
        "A page",
        "de",
        "simple",
    )
    assert worker.offers[0].presence == "media"
    # The same name again is the same dictation, and another one once it has ended.
    await post(token, id="rtc-1")
    assert [offer.gen for offer in worker.offers] == [1, 2]
    await Session.objects.all().aupdate(ended_at=timezone.now())
    await post(token, id="rtc-1")
    assert await Session.objects.acount() == 2


async def test_a_name_belongs_to_one_account(token: str, worker: PlayedWorker, read: Read) -> None:
    await post(token, id="rtc-1")
    stranger = await database_sync_to_async(User.objects.create_user)("stranger")
    theirs = await database_sync_to_async(token_of)(stranger, Scope.LIVE)
    answer = await post(theirs, id="rtc-1")
    assert (answer.status_code, answer.json()["code"]) == (409, "taken")
    assert not await Session.objects.filter(user=stranger).aexists()
    assert (await read(theirs, id="rtc-1")).status_code == 404


@pytest.mark.parametrize(
    ("body", "query", "status"),
    [
        ({}, {}, 400),
        ("no json", {}, 400),
        ({"type": "answer", "sdp": SDP}, {}, 400),
        ({"type": "offer", "sdp": 3}, {}, 400),
        ({"type": "offer", "sdp": SDP + "a" * 17_000}, {}, 413),
        (OFFER, {"id": "../x"}, 400),
        (OFFER, {"id": "x" * 65}, 400),
        (OFFER, {"language": "klingon"}, 400),
    ],
)
async def test_what_is_refused(
    token: str, worker: PlayedWorker, body: Any, query: dict[str, str], status: int
) -> None:
    answer = await post(token, body, **query)
    assert answer.status_code == status
    assert answer.json()["message"].endswith(".")
    assert not await Session.objects.aexists()


async def test_an_offer_that_the_worker_refuses(token: str, worker: PlayedWorker) -> None:
    worker.refusal = ("offer_refused", "No.")
    assert (await post(token, id="rtc-1")).status_code == 422
    assert (await worker.next(Control)).action == "stop"


async def test_sentences_of_the_dictation_with_that_name(
    token: str, user: User, worker: PlayedWorker, read: Read
) -> None:
    await post(token, id="rtc-1")
    session = await Session.objects.aget()
    for text in ("Good evening.", "Two\nlines."):
        await database_sync_to_async(make_utterance)(session, text)
    await Session.objects.filter(pk=session.pk).aupdate(ended_at=timezone.now())
    response = await read(token, id="rtc-1")
    assert response["Content-Type"] == "text/event-stream"
    assert response["X-Accel-Buffering"] == "no"
    text = await told(response)
    assert "data: Good evening.\n\n" in text
    assert "data: Two\ndata: lines.\n\n" in text
    assert "event:" not in text
    # Whoever comes back gets what is new, and at the end nothing.
    rest = await told(await read(token, {"Last-Event-ID": "1.1"}, id="rtc-1"))
    assert "Good evening." not in rest
    assert "data: Two" in rest
    assert (await read(token, {"Last-Event-ID": "2.1.end"}, id="rtc-1")).status_code == 204
    as_json = await told(await read(token, id="rtc-1", format="json"))
    first = as_json.split("data: ")[1].partition("\n")[0]
    assert json.loads(first)["text"] == "Good evening."


async def test_without_a_name_the_latest_dictation_is_read(
    token: str, user: User, read: Read, worker: PlayedWorker
) -> None:
    assert (await read(token)).status_code == 404
    for text in ("Old.", "New."):
        await database_sync_to_async(make_session)(user, [text], gen=1)
    response = await read(token)
    chunks = aiter(response.streaming_content)
    while b"data:" not in (chunk := await anext(chunks)):
        pass
    assert b"data: New.\n\n" in chunk


async def test_who_may(user: User, worker: PlayedWorker, read: Read, settings) -> None:
    reader = await database_sync_to_async(token_of)(user, Scope.READ)
    for answer in (await post(reader), await read(reader)):
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert (await AsyncClient().post("/offer", OFFER, content_type="application/json")).status_code == 401
    client = AsyncClient()
    await client.aforce_login(user)
    assert (await client.get("/transcribe")).status_code == 401
    settings.LOCAL, settings.SECURE_SSL_REDIRECT = False, True
    assert (await post(reader)).status_code == 403


async def test_options_and_ping_need_no_token(db: None) -> None:
    client = AsyncClient()
    assert (await client.options("/offer"))["Access-Control-Allow-Methods"] == "POST, OPTIONS"
    assert (await client.get("/ping")).content == b"pong"


async def test_they_are_closed_unless_they_were_opened(token: str, settings, read: Read) -> None:
    settings.SIMPLE_ENDPOINTS = False
    assert (await post(token)).status_code == 404
    assert (await read(token)).status_code == 404
    assert (await program(token).get("/ping")).status_code == 404
