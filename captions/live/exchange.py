"""Offers a peer connection for whoever has no socket, and waits for the audio worker's answer.

Functions raise MessageError with a sentence in the active language, and redis.RedisError or django.db.Error where a
store is away.
"""

import asyncio
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.utils.translation import gettext as _

from ..core import draining
from ..core.interface_language import translated
from ..models import User
from ..protocol import messages
from ..protocol.messages import MessageError, Settings
from ..protocol.registry import SharedRegistry
from .signaling import admission
from .signaling.admission import Admitted, Program
from .signaling.dispatch import Dispatcher, lost, why_busy

# A worker that has taken an offer answers at once, unless a STUN server does not reply. Programs wait no longer than
# 8 s for all of it.
_ANSWER_SECONDS = 4.5
_SLACK_SECONDS = 0.1
_AS_IT_IS = Settings()


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an offer. It has all candidates of the server."""

    gen: int
    sdp: str


async def exchange(
    user: User,
    session_id: uuid.UUID,
    sdp: str,
    program: Program,
    *,
    wanted: Settings = _AS_IT_IS,
    unless_heard: bool = False,
) -> Answer:
    """Offers the sound of a program to a session of the user: from its first packet on, it replaces what was heard.

    Afterwards the session lasts as long as sound arrives, and needs no socket. `unless_heard` is that of
    `commands.Open`. It takes OFFER_SECONDS and 5 s at most.
    """
    require_running()
    admit = database_sync_to_async(admission.admit_next)
    offer, admitted = await admit(user, session_id, sdp, wanted, program)
    return await offered(session_id, offer, admitted, presence="media", unless_heard=unless_heard)


def require_running() -> None:
    """Raises MessageError where this web process is about to end."""
    if draining.started():
        raise MessageError(
            "restarting", _("The server is restarting. Try again in a moment."), retryable=True
        )


async def offered(session_id: uuid.UUID, offer: messages.Offer, admitted: Admitted, **options: Any) -> Answer:
    """Sends an offer that was admitted, and waits for its answer; the options are those of `commands.Open`."""
    layer = get_channel_layer()
    channel = await layer.new_channel()
    dispatcher = _dispatcher(session_id, channel)
    await dispatcher.offer(offer, admitted, time.monotonic(), **options)
    try:
        async with asyncio.timeout(settings.OFFER_SECONDS + _SLACK_SECONDS) as waiting:
            return await _answer(layer, channel, dispatcher, offer.gen, waiting)
    except TimeoutError as error:
        overdue = dispatcher.overdue(time.monotonic()) or lost()
        if overdue.code == "busy":
            overdue = why_busy(await SharedRegistry().workers())
        raise overdue from error


async def add_candidates(session_id: uuid.UUID, gen: int, lines: Iterable[str]) -> None:
    """Passes on candidates for the offer with that `gen`. One that is refused, or comes too late, is dropped."""
    dispatcher = _dispatcher(session_id)
    if await dispatcher.find(time.monotonic()):
        for line in lines:
            await dispatcher.candidate(messages.Candidate(gen, line))


async def stop(user: User, session_id: uuid.UUID) -> None:
    """Ends a session of the user; its last words are saved meanwhile."""
    if not await _dispatcher(session_id).control(messages.Stop()):
        await database_sync_to_async(admission.end)(user, session_id)


def _dispatcher(session_id: uuid.UUID, reply: str = "") -> Dispatcher:
    return Dispatcher(
        str(session_id),
        reply,
        get_channel_layer(),
        SharedRegistry(),
        offer_seconds=settings.OFFER_SECONDS,
        lost_seconds=settings.HEARTBEAT_LOST_SECONDS,
    )


async def _answer(
    layer: Any, channel: str, dispatcher: Dispatcher, gen: int, waiting: asyncio.Timeout
) -> Answer:
    while True:
        event = await layer.receive(channel)
        if event["type"] == "session.taken":
            now = asyncio.get_running_loop().time()
            waiting.reschedule(now + _ANSWER_SECONDS)
            await dispatcher.taken(event["worker"], time.monotonic())
            continue
        match event.get("payload"):
            case {"type": "answer", "gen": answered, "sdp": sdp} if answered == gen:
                return Answer(gen, sdp)
            case {"type": "error", "code": code, "message": message, "retryable": retryable}:
                # A worker does not know in which language its sentences are read.
                raise MessageError(code, translated(message), retryable=retryable)
