"""WHIP as its clients speak it, with the real stores; the test plays the audio worker."""

import asyncio
import threading
import time
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from captions.clients import dictations
from captions.models import ApiToken, Scope, Session, User
from captions.protocol.commands import AddCandidate, Control
from captions.tokens import limits
from captions.tokens.issuing import revoke
from tests.clients.tokens import Program, program, token_of
from tests.clients.whip.test_candidates import FRAGMENT
from tests.live.playing import PlayedWorker

pytestmark = pytest.mark.django_db(transaction=True)

SDP = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
TYPE = "application/sdp"


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.LIVE)


async def post(token: str, path: str = "/whip", sdp: str = SDP, kind: str = TYPE) -> Any:
    return await program(token).post(path, sdp, content_type=kind)


async def patch(token: str, path: str, fragment: str = FRAGMENT, **headers: str) -> Any:
    kind = "application/trickle-ice-sdpfrag"
    return await program(token).patch(path, fragment, content_type=kind, headers=headers)


async def session_at(location: str) -> Session:
    return await Session.objects.aget(pk=location.rpartition("/")[2])


async def test_a_post_begins_a_dictation(token: str, user: User, worker: PlayedWorker, settings) -> None:
    settings.ICE_SERVERS = [
        {"urls": "stun:stun.example.org"},
        {"urls": ["turn:a.example.org", "turn:b.example.org"], "username": "u", "credential": "c"},
    ]
    answer = await post(token, "/whip?title=On+air&language=de")
    assert (answer.status_code, answer["Content-Type"]) == (201, TYPE)
    assert answer.content.decode() == worker.answer
    assert answer["ETag"] == '"1"'
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Expose-Headers"] == "Location, ETag, Link"
    turn = '; rel="ice-server"; username="u"; credential="c"; credential-type="password"'
    assert [value for name, value in answer.items() if name == "Link"] == [
        '<stun:stun.example.org>; rel="ice-server"',
        f"<turn:a.example.org>{turn}",
        f"<turn:b.example.org>{turn}",
    ]
    assert answer["Location"].startswith("/whip/sessions/")
    session = await session_at(answer["Location"])
    assert (session.user_id, session.title, session.language) == (user.pk, "On air", "de")
    assert not session.offered_video
    (offer,) = worker.offers
    assert (offer.sdp, offer.presence, offer.unless_heard) == (SDP, "media", False)


async def test_the_language_of_the_account_counts_where_none_is_asked_for(
    token: str, user: User, worker: PlayedWorker
) -> None:
    await User.objects.filter(pk=user.pk).aupdate(dictation_language="de")
    await post(token)
    await post(token, "/whip?language=")
    # The second one goes on with the dictation of the first.
    assert [offer.language for offer in worker.offers] == ["de", ""]


async def test_the_same_program_goes_on_with_its_dictation(token: str, worker: PlayedWorker) -> None:
    first, second = await post(token), await post(token)
    assert first["Location"] == second["Location"]
    assert second["ETag"] == '"2"'
    # It must not take the place of another program with the same token, which is being heard.
    assert [offer.unless_heard for offer in worker.offers] == [False, True]


async def test_another_token_and_a_later_time_begin_another_one(
    token: str, user: User, worker: PlayedWorker, settings
) -> None:
    settings.LIMIT_SESSIONS_PER_USER = 9
    first = await post(token)
    other = await post(await database_sync_to_async(token_of)(user, Scope.LIVE))
    assert other["Location"] != first["Location"]
    past = timezone.now() - timedelta(seconds=settings.RESUME_SECONDS + 1)
    await Session.objects.all().aupdate(active_at=past)
    assert (await post(token))["Location"] not in (first["Location"], other["Location"])


async def test_a_program_begins_another_one_while_its_own_is_heard(
    token: str, worker: PlayedWorker, monkeypatch
) -> None:
    first = await post(token)
    take = worker._take

    async def refuse(command: Any) -> None:
        worker.refusal = ("heard", "It is heard.") if command.unless_heard else None
        await take(command)

    monkeypatch.setattr(worker, "_take", refuse)
    second = await post(token)
    assert second.status_code == 201
    assert second["Location"] != first["Location"]


async def test_it_joins_a_dictation_of_its_account(token: str, user: User, worker: PlayedWorker) -> None:
    session = await Session.objects.acreate(user=user, gen=4, language="fr")
    answer = await post(token, f"/whip/{session.pk}")
    assert (answer.status_code, answer["ETag"]) == (201, '"5"')
    assert answer["Location"] == f"/whip/sessions/{session.pk}"
    assert [(offer.language, offer.unless_heard) for offer in worker.offers] == [("fr", False)]
    await Session.objects.filter(pk=session.pk).aupdate(ended_at=timezone.now())
    ended = await post(token, f"/whip/{session.pk}")
    assert (ended.status_code, ended.json()["code"]) == (409, "session_ended")


async def test_delete_ends_it_once(token: str, worker: PlayedWorker) -> None:
    location = (await post(token))["Location"]
    assert (await program(token).delete(location, headers={"If-Match": '"9"'})).status_code == 200
    assert (await worker.next(Control)).reason == "stopped"
    assert (await program(token).delete(location)).status_code == 404
    assert (await patch(token, location)).status_code == 404
    # What comes next is another dictation, although the worker is not yet done with this one.
    assert (await post(token))["Location"] != location


async def test_candidates_that_follow(token: str, worker: PlayedWorker) -> None:
    location = (await post(token))["Location"]
    for matches in ({}, {"If-Match": '"1"'}, {"If-Match": '"7", "1"'}):
        answer = await patch(token, location, **matches)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "ETag" not in answer
        sent = await worker.next(AddCandidate)
        assert sent.candidate.startswith("candidate:1387637174 1 udp")
        assert sent.gen == 1
        await worker.next(AddCandidate)
    for match, status in (('"2"', 412), ('W/"1"', 412), ('"*"', 422), ("*", 422)):
        assert (await patch(token, location, **{"If-Match": match})).status_code == status
    assert (await patch(token, location, "{}")).status_code == 400
    assert (await program(token).patch(location, FRAGMENT, content_type=TYPE)).status_code == 415


async def test_options_need_no_token(db: None, settings) -> None:
    settings.ICE_SERVERS = [{"urls": "turn:a.example.org", "username": "u", "credential": "c"}]
    client = AsyncClient(enforce_csrf_checks=True)
    for path in ("/whip", f"/whip/{uuid.uuid4()}", f"/whip/sessions/{uuid.uuid4()}"):
        answer = await client.options(path, headers={"Access-Control-Request-Method": "POST"})
        assert (answer.status_code, answer["Accept-Post"]) == (204, TYPE)
        assert answer["Access-Control-Allow-Headers"] == "Authorization, Content-Type, If-Match"
        # Its credentials are for whoever has a token.
        assert "turn:" not in str(answer.items())
    assert (await client.options("/whip"))["Access-Control-Allow-Methods"] == "POST, OPTIONS"


async def test_with_a_token_options_name_the_ice_servers(token: str, settings) -> None:
    settings.ICE_SERVERS = [{"urls": "stun:stun.example.org"}]
    answer = await program(token).options("/whip")
    assert ("Link", '<stun:stun.example.org>; rel="ice-server"') in answer.items()
    assert (await Program(authorization="Bearer wsp_wrong").options("/whip")).status_code == 401


@pytest.mark.parametrize(
    ("sdp", "kind", "path", "status", "code"),
    [
        (SDP, "text/plain", "/whip", 415, "wrong_type"),
        (" ", TYPE, "/whip", 400, "malformed"),
        ("hello", TYPE, "/whip", 400, "malformed"),
        (SDP + "a" * 20_000, TYPE, "/whip", 413, "too_large"),
        (SDP, TYPE, f"/whip/{uuid.UUID(int=1)}", 404, "not_found"),
        (SDP, TYPE, "/whip?language=klingon", 400, "invalid"),
        (SDP, TYPE, f"/whip?title={'x' * 201}", 400, "invalid"),
    ],
)
async def test_requests_that_are_refused(
    token: str, worker: PlayedWorker, sdp: str, kind: str, path: str, status: int, code: str
) -> None:
    answer = await post(token, path, sdp, kind)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["detail"].endswith(".")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert not await Session.objects.aexists()


async def test_text_that_is_no_text(token: str, worker: PlayedWorker) -> None:
    answer = await program(token).post("/whip", b"v=0\xff", content_type=TYPE)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("code", "status"),
    [("several_sounds", 406), ("offer_refused", 422), ("malformed", 400), ("no_network", 503)],
)
async def test_offers_that_the_worker_refuses(
    token: str, worker: PlayedWorker, code: str, status: int
) -> None:
    worker.refusal = (code, "No.")
    answer = await post(token)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("Retry-After" in answer) is (status == 503)
    # The dictation that was begun for it ends.
    assert (await worker.next(Control)).action == "stop"


async def test_without_a_worker_nothing_is_left(token: str, settings) -> None:
    settings.OFFER_SECONDS = 0.1
    answer = await post(token)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert not await Session.objects.aexists()


async def test_an_account_has_a_number_of_dictations(token: str, user: User, worker: PlayedWorker) -> None:
    for _ in range(2):
        await Session.objects.acreate(user=user, gen=1)
    answer = await post(token)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_sessions")
    assert await Session.objects.acount() == 2


@pytest.mark.parametrize("method", ["get", "head", "put"])
async def test_other_methods(token: str, method: str) -> None:
    for path, allowed in (
        ("/whip", "POST, OPTIONS"),
        (f"/whip/sessions/{uuid.uuid4()}", "PATCH, DELETE, OPTIONS"),
    ):
        answer = await getattr(program(token), method)(path)
        assert (answer.status_code, answer["Allow"]) == (405, allowed)


async def test_who_may(token: str, user: User, worker: PlayedWorker, settings) -> None:
    assert (await Program().post("/whip", SDP, content_type=TYPE)).status_code == 401
    reader = await database_sync_to_async(token_of)(user, Scope.READ, Scope.WRITE)
    assert (await post(reader)).status_code == 403
    location = (await post(token))["Location"]
    stranger = await database_sync_to_async(User.objects.create_user)("stranger")
    theirs = await database_sync_to_async(token_of)(stranger, Scope.LIVE)
    session = location.rpartition("/")[2]
    assert (await post(theirs, f"/whip/{session}")).status_code == 404
    assert (await patch(theirs, location)).status_code == 404
    assert (await program(theirs).delete(location)).status_code == 404
    assert not [each for each in worker.heard if isinstance(each, AddCandidate | Control)]
    settings.LOCAL, settings.SECURE_SSL_REDIRECT = False, True
    for path in ("/whip", f"/whip/{session}"):
        assert (await post(token, path)).status_code == 403
    assert (await patch(token, location)).status_code == 403


async def test_a_dictation_that_a_page_began_has_no_resource(
    token: str, user: User, worker: PlayedWorker
) -> None:
    session = await Session.objects.acreate(user=user, gen=1)
    assert (await program(token).delete(f"/whip/sessions/{session.pk}")).status_code == 404


async def test_a_revoked_token_ends_its_dictation(token: str, user: User, worker: PlayedWorker) -> None:
    await post(token)
    tokens = await database_sync_to_async(lambda: list(ApiToken.objects.all()))()
    await database_sync_to_async(revoke)(tokens, timezone.now())
    assert (await worker.next(Control)).reason == "token_ended"


async def test_the_pages_of_a_dictation_say_that_its_video_was_not_taken(
    token: str, user: User, worker: PlayedWorker
) -> None:
    said = "Sound only: the video that was sent with it is not recorded."
    client = AsyncClient()
    await client.aforce_login(user)
    for sdp, is_said in ((SDP, False), (f"{SDP}m=video 9 UDP/TLS/RTP/SAVPF 96\r\n", True)):
        session = await session_at((await post(token, sdp=sdp))["Location"])
        assert session.offered_video is is_said
        for page in (f"/sessions/{session.pk}/", f"/?session={session.pk}"):
            assert (said in (await client.get(page)).content.decode()) is is_said


async def test_a_program_that_leaves_while_it_is_admitted_keeps_no_place(
    token: str, worker: PlayedWorker, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LIMIT_TOKEN_REQUESTS_AT_ONCE = 1
    take, is_taken = limits.take_place, threading.Event()

    def slowly(token: int) -> str:
        place = take(token)
        is_taken.set()
        time.sleep(0.3)
        return place

    monkeypatch.setattr(limits, "take_place", slowly)
    posting = asyncio.create_task(post(token))
    await asyncio.to_thread(is_taken.wait, 10)
    posting.cancel()
    with suppress(asyncio.CancelledError):
        await posting
    assert (await post(token)).status_code == 201


async def test_a_program_that_leaves_before_its_answer_leaves_no_dictation(
    token: str, worker: PlayedWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = asyncio.Event()

    async def never(*_: Any, **__: Any) -> None:
        waits.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(dictations, "exchange", never)
    posting = asyncio.create_task(post(token))
    async with asyncio.timeout(60):
        await waits.wait()
    posting.cancel()
    with suppress(asyncio.CancelledError):
        await posting
    assert not await Session.objects.open().aexists()
