"""Offers without a socket, with the real channel layer and stores; the test plays the audio worker."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.utils import timezone

from captions.core import draining
from captions.live.exchange import add_candidates, exchange, stop
from captions.live.revoking import end_without_token
from captions.live.signaling import admission
from captions.live.signaling.admission import Program
from captions.models import ApiToken, Scope, Session, User
from captions.protocol.commands import SHARED_CHANNEL, AddCandidate, Control, unpack
from captions.protocol.messages import MessageError, Offer, Settings
from captions.protocol.registry import Registry, WorkerState
from captions.tokens.issuing import issue
from tests.live.playing import PlayedWorker

pytestmark = pytest.mark.django_db(transaction=True)

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"


@pytest.fixture
def program(user: User) -> Program:
    token, _ = issue(user, name="OBS", scopes=[Scope.LIVE], now=timezone.now())
    return Program(token, "whip")


@pytest.fixture
def session(user: User) -> Session:
    return Session.objects.create(user=user)


@pytest.fixture
async def worker() -> AsyncIterator[PlayedWorker]:
    played = PlayedWorker()
    yield played
    await played.close()


async def test_an_offer_is_answered_and_the_session_says_who_speaks(
    user: User, program: Program, session: Session, worker: PlayedWorker
) -> None:
    answer = await exchange(user, session.pk, SDP, program, wanted=Settings(language="de"))
    assert (answer.gen, answer.sdp) == (1, worker.answer)
    (offer,) = worker.offers
    assert (offer.language, offer.presence, offer.unless_heard) == ("de", "media", False)
    await session.arefresh_from_db()
    assert (session.gen, session.token_id, session.via) == (1, program.token.pk, "whip")
    assert session.offered_video
    again = await exchange(user, session.pk, "v=0\r\n", program, unless_heard=True)
    assert again.gen == 2
    assert worker.offers[1].unless_heard


async def test_what_the_worker_refuses(
    user: User, program: Program, session: Session, worker: PlayedWorker
) -> None:
    worker.refusal = ("several_sounds", "The offer has more than one audio section. Send one.")
    with pytest.raises(MessageError) as caught:
        await exchange(user, session.pk, SDP, program)
    assert (caught.value.code, caught.value.message) == worker.refusal


@pytest.mark.parametrize(
    ("states", "code"), [([], "busy"), ([WorkerState("a", "loading", model="base")], "loading")]
)
async def test_no_worker_takes_it(
    user: User, program: Program, session: Session, settings, states: list[WorkerState], code: str
) -> None:
    settings.OFFER_SECONDS = 0.1
    registry = Registry()
    for state in states:
        await registry.announce(state)
    with pytest.raises(MessageError) as caught:
        await exchange(user, session.pk, SDP, program)
    assert (caught.value.code, caught.value.retryable) == (code, True)
    await registry.close()
    await get_channel_layer().close_pools()


async def test_a_worker_that_dies_over_it(
    user: User, program: Program, session: Session, settings, monkeypatch
) -> None:
    monkeypatch.setattr("captions.live.exchange._ANSWER_SECONDS", 0.1)
    layer = get_channel_layer()
    waiting = asyncio.create_task(exchange(user, session.pk, SDP, program))
    offer = unpack(await layer.receive(SHARED_CHANNEL))
    await layer.send(offer.reply, {"type": "session.taken", "worker": "audioworker.dead"})  # type: ignore[union-attr]
    with pytest.raises(MessageError) as caught:
        await waiting
    assert (caught.value.code, caught.value.retryable) == ("worker_lost", True)
    await layer.close_pools()


async def test_a_web_process_that_stops_takes_no_offer(
    user: User, program: Program, session: Session, monkeypatch
) -> None:
    monkeypatch.setattr(draining, "started", lambda: True)
    with pytest.raises(MessageError) as caught:
        await exchange(user, session.pk, SDP, program)
    assert (caught.value.code, caught.value.retryable) == ("restarting", True)


async def test_whose_session_it_is_and_whether_it_runs(user: User, program: Program) -> None:
    other = await database_sync_to_async(User.objects.create_user)("other")
    theirs = await Session.objects.acreate(user=other)
    ended = await Session.objects.acreate(user=user, ended_at=timezone.now())
    for pk, code in ((theirs.pk, "not_found"), (uuid.uuid4(), "not_found"), (ended.pk, "session_ended")):
        with pytest.raises(MessageError) as caught:
            await exchange(user, pk, SDP, program)
        assert caught.value.code == code


async def test_candidates_go_to_the_worker_that_holds_the_session(
    user: User, program: Program, session: Session, worker: PlayedWorker
) -> None:
    # Before there is one, they go nowhere.
    await add_candidates(session.pk, 1, ["candidate:0"])
    answer = await exchange(user, session.pk, SDP, program)
    await add_candidates(session.pk, answer.gen, ["candidate:1"])
    sent = await worker.next(AddCandidate)
    assert (sent.gen, sent.candidate, sent.reply) == (1, "candidate:1", "")


async def test_stop_ends_it_wherever_it_is(
    user: User, program: Program, session: Session, worker: PlayedWorker
) -> None:
    await exchange(user, session.pk, SDP, program)
    await stop(user, session.pk)
    stopped = await worker.next(Control)
    assert (stopped.action, stopped.reason) == ("stop", "stopped")
    await worker.let_go(str(session.pk))
    await Session.objects.filter(pk=session.pk).aupdate(title="Kept")
    await stop(user, session.pk)
    await session.arefresh_from_db()
    assert session.ended_at is not None


async def test_a_page_that_takes_over_speaks_without_a_token(
    user: User, program: Program, session: Session, worker: PlayedWorker
) -> None:
    await exchange(user, session.pk, SDP, program)
    await database_sync_to_async(admission.admit)(user, session.pk, Offer(2, "v=0\r\n"))
    await session.arefresh_from_db()
    assert (session.token_id, session.via, session.offered_video) == (None, "", True)


async def test_sessions_without_a_usable_token_are_stopped(
    user: User, program: Program, session: Session, worker: PlayedWorker
) -> None:
    running = await Session.objects.acreate(user=user, clock_ms=5_000, token=program.token)
    own = await Session.objects.acreate(user=user)
    await exchange(user, session.pk, SDP, program)
    now = timezone.now()
    await database_sync_to_async(end_without_token)(now)
    await ApiToken.objects.filter(pk=program.token.pk).aupdate(expires_at=now + timedelta(seconds=1))
    await database_sync_to_async(end_without_token)(now)
    assert not [each for each in worker.heard if isinstance(each, Control)]
    await database_sync_to_async(end_without_token)(now + timedelta(seconds=1))
    assert (await worker.next(Control)).reason == "token_ended"
    for row in (running, own, session):
        await row.arefresh_from_db()
    # One that no worker holds has ended; the other one ends with its worker.
    assert [row.ended_at is not None for row in (running, own, session)] == [True, False, False]
