"""Calls over HTTP, with the real channel layer and stores; the test plays the audio worker."""

import json
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from captions.clients.openai.realtime import secrets
from captions.core.valkey import valkey
from captions.live import unkept_calls
from captions.live.revoking import end_without_token
from captions.models import ApiToken, Scope, Session, User
from captions.protocol.commands import CALL_ENDED, Attach, Control, Say
from captions.tokens.issuing import revoke
from tests.clients.tokens import Program, program, token_of
from tests.live.playing import PlayedWorker

from .conftest import Connect
from .test_secrets import made

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = "/v1/realtime/calls"
SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
GERMAN = {"type": "transcription", "audio": {"input": {"transcription": {"language": "de"}}}}


@pytest.fixture
async def player(worker: Any) -> AsyncIterator[PlayedWorker]:
    played = PlayedWorker()
    yield played
    for name in await database_sync_to_async(unkept_calls.running)():
        unkept_calls.leave(uuid.UUID(name))
    await played.close()


@pytest.fixture
def keeping(user: User) -> str:
    """A token that keeps its history."""
    return token_of(user, Scope.LIVE, keep_history=True)


async def call(
    token: str, path: str = CALLS, sdp: str = SDP, kind: str = "application/sdp", **headers: str
) -> Any:
    return await program(token).post(path, sdp, content_type=kind, headers=headers)


async def session_of(answer: Any) -> str:
    assert answer.status_code == 201, answer.content
    return str(uuid.UUID(answer["Location"].rpartition("rtc_")[2]))


@pytest.mark.parametrize(
    "path", [CALLS, "/v1/realtime?model=gpt-4o-transcribe", f"{CALLS}?model=gpt-realtime"]
)
async def test_an_offer_as_it_is(token: str, player: PlayedWorker, path: str) -> None:
    answer = await call(token, path)
    session = await session_of(answer)
    assert answer["Location"].startswith("/v1/realtime/calls/rtc_")
    assert (answer["Content-Type"], answer.content.decode()) == ("application/sdp", player.answer)
    (offer,) = player.offers
    assert (offer.sdp, offer.session, offer.presence) == (SDP, session, "media")
    assert (offer.channel, offer.kept) == ("oai-events", False)
    assert offer.call is not None
    assert ("model" in path) == bool(offer.call.configuration)
    assert not await Session.objects.aexists(), "the token does not keep its history"


async def test_an_offer_in_a_form_with_its_session(keeping: str, user: User, player: PlayedWorker) -> None:
    # As openai-python writes it.
    body = (
        '--x\r\nContent-Disposition: form-data; name="sdp"\r\nContent-Type: application/sdp\r\n\r\n'
        f'{SDP}\r\n--x\r\nContent-Disposition: form-data; name="session"\r\nContent-Type: application/json\r\n\r\n'
        f"{json.dumps(GERMAN)}\r\n--x--\r\n"
    )
    await User.objects.filter(pk=user.pk).aupdate(vocabulary=["Ishbel"], silence_ms=900)
    session = await session_of(await call(keeping, sdp=body, kind="multipart/form-data; boundary=x"))
    (offer,) = player.offers
    assert (offer.language, offer.vocabulary, offer.kept) == ("de", ("Ishbel",), True)
    assert offer.call is not None
    assert offer.call.usual.vocabulary == ("Ishbel",)
    row = await Session.objects.aget(pk=session)
    assert (row.user_id, row.via, row.language, row.gen) == (user.pk, "openai", "de", 1)


async def test_a_page_calls_with_a_secret(token: str, player: PlayedWorker) -> None:
    value = (await made(token, session=GERMAN))["value"]
    answer = await call(value, f"{CALLS}?model=whatever")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Expose-Headers"] == "Location"
    assert player.offers[0].language == "de"
    preflight = await Program().options(CALLS)
    assert preflight.status_code == 204
    sent = preflight["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "content-type", "x-openai-agents-sdk"} <= set(sent.split(", "))
    assert "POST" in preflight["Access-Control-Allow-Methods"]
    # What went wrong is to be read, too.
    assert (await call("ek_wrong"))["Access-Control-Allow-Origin"] == "*"


async def test_no_page_may_have_a_token(token: str, player: PlayedWorker) -> None:
    assert "Access-Control-Allow-Origin" not in await call(token, Origin="https://example.com")


@pytest.mark.parametrize(
    ("sdp", "kind", "status"),
    [
        ("hello", "application/sdp", 400),
        (" ", "application/sdp", 400),
        (SDP, "text/plain", 415),
        (SDP + "a" * 20_000, "application/sdp", 413),
        (SDP + "a" * 200_000, "application/sdp", 413),
        ("--x--\r\n", "multipart/form-data; boundary=x", 400),
    ],
)
async def test_what_is_no_offer(token: str, player: PlayedWorker, sdp: str, kind: str, status: int) -> None:
    answer = await call(token, sdp=sdp, kind=kind)
    assert answer.status_code == status
    assert answer.json()["error"]["message"].endswith(".")
    assert not player.offers


@pytest.mark.parametrize(
    "session", ["no json", "[]", json.dumps({"audio": {"input": {"format": {"type": "mp3"}}}})]
)
async def test_sessions_that_are_none(token: str, player: PlayedWorker, session: str) -> None:
    answer = await program(token).post(CALLS, {"sdp": SDP, "session": session})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"].startswith("session")


async def test_what_the_worker_refuses_leaves_nothing(token: str, keeping: str, player: PlayedWorker) -> None:
    player.refusal = ("offer_refused", "The offer sends no sound.")
    for key in (token, keeping):
        answer = await call(key)
        assert (answer.status_code, answer.json()["error"]["message"]) == (422, "The offer sends no sound.")
        assert (await player.next(Control)).action == "stop"


async def test_without_a_worker_nothing_is_left(token: str, keeping: str, worker: Any, settings: Any) -> None:
    settings.OFFER_SECONDS = 0.1
    for key in (token, keeping):
        assert (await call(key)).status_code == 503
    assert not await Session.objects.aexists()
    assert not valkey().hgetall(unkept_calls._KEY)


async def test_an_account_has_a_number_of_calls(token: str, player: PlayedWorker, settings: Any) -> None:
    settings.LIMIT_SESSIONS_PER_USER = 1
    await session_of(await call(token))
    answer = await call(token)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "rate_limit_exceeded")


async def test_calls_that_no_worker_holds_are_forgotten(
    token: str, player: PlayedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await session_of(await call(token))
    monkeypatch.setattr(unkept_calls, "_BEGIN_SECONDS", -1)
    running = database_sync_to_async(unkept_calls.running)
    assert list(await running()) == [session]
    await player.let_go(session)
    assert not await running()


@pytest.mark.parametrize("kept", [True, False])
async def test_hanging_up(token: str, keeping: str, player: PlayedWorker, kept: bool) -> None:
    key = keeping if kept else token
    location = (await call(key))["Location"]
    stranger = await database_sync_to_async(User.objects.create_user)("stranger")
    theirs = await database_sync_to_async(token_of)(stranger, Scope.LIVE)
    assert (await program(theirs).post(f"{location}/hangup")).status_code == 404
    for wrong in ("rtc_", "rtc_x", uuid.uuid4().hex, f"rtc_{uuid.uuid4().hex}"):
        assert (await program(key).post(f"{CALLS}/{wrong}/hangup")).status_code == 404
    assert (await program(key).post(f"{location}/hangup")).status_code == 200
    stopped = await player.next(Control)
    assert (stopped.action, stopped.reason) == ("stop", "stopped")


@pytest.mark.parametrize("what", ["accept", "reject", "refer"])
async def test_telephones_are_not_there(token: str, what: str) -> None:
    assert (await program(token).post(f"{CALLS}/rtc_1/{what}")).status_code == 404


@pytest.mark.parametrize("kept", [True, False])
async def test_a_revoked_token_ends_its_calls(
    token: str, keeping: str, player: PlayedWorker, kept: bool
) -> None:
    await session_of(await call(keeping if kept else token))
    tokens = await database_sync_to_async(lambda: list(ApiToken.objects.all()))()
    await database_sync_to_async(revoke)(tokens, timezone.now())
    assert (await player.next(Control)).reason == "token_ended"


async def test_a_token_that_expires_ends_its_calls(token: str, player: PlayedWorker) -> None:
    await session_of(await call(token))
    end = database_sync_to_async(end_without_token)
    await end(timezone.now())
    assert not [each for each in player.heard if isinstance(each, Control)]
    await ApiToken.objects.all().aupdate(expires_at=timezone.now() - timedelta(seconds=1))
    await end(timezone.now())
    assert (await player.next(Control)).reason == "token_ended"


async def test_who_may(user: User, player: PlayedWorker) -> None:
    reader = await database_sync_to_async(token_of)(user, Scope.READ)
    assert (await call(reader)).status_code == 403
    assert (await Program().post(CALLS, SDP, content_type="application/sdp")).status_code == 401
    assert (await program(reader).get(CALLS)).status_code == 405


async def test_a_socket_beside_a_call(connect: Connect, token: str, player: PlayedWorker) -> None:
    name = (await call(token))["Location"].rpartition("/")[2]
    client = await connect(token, f"call_id={name}")
    attached = await player.next(Attach)
    assert attached.attached
    told = {"type": "session.created", "session": {"id": "sess_1"}}
    await player.layer.send(attached.reply, {"type": "session.event", "payload": told})
    assert await client.next() == told
    await client.say("input_audio_buffer.commit")
    said = await player.next(Say)
    assert (json.loads(said.text)["type"], said.reply) == ("input_audio_buffer.commit", attached.reply)
    await player.layer.send(attached.reply, {"type": "session.event", "payload": CALL_ENDED})
    assert await client.closed() == 1000
    await client.socket.disconnect()
    assert not (await player.next(Attach)).attached


async def test_a_socket_beside_no_call(connect: Connect, token: str) -> None:
    client = await connect(token, f"call_id=rtc_{uuid.uuid4().hex}")
    assert await client.error() == "not_found"
    assert await client.closed() == 4404


async def test_a_secret_that_expires_meanwhile_does_not_matter(token: str, player: PlayedWorker) -> None:
    value = (await made(token))["value"]
    await session_of(await call(value))
    valkey().delete(secrets._key(value))
    await database_sync_to_async(end_without_token)(timezone.now())
    assert not [each for each in player.heard if isinstance(each, Control)]
