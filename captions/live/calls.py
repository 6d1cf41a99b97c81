"""Calls: connections of programs that talk with the audio worker itself, over a data channel, and need no socket.

Functions raise redis.RedisError and django.db.Error where a store is away.
"""

import uuid
from contextlib import suppress

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError, transaction
from redis import RedisError

from ..models import ApiToken, Session, User
from ..models.shared_clock import shared_now
from ..protocol import messages
from ..protocol.commands import Attach, Call, Say, pack
from ..protocol.ending import stop
from ..protocol.feed_frames import Listen
from ..protocol.registry import SharedRegistry
from ..webrtc.sections import offers_video
from . import unkept_calls
from .exchange import Answer, offered, require_running
from .room import locked, require_room
from .signaling.admission import Admitted

_GEN = 1


async def begin(
    token: ApiToken, sdp: str, via: str, listen: Listen, channel: str, call: Call
) -> tuple[uuid.UUID, Answer]:
    """Takes the offer of a program that talks over the data channel with the label `channel`; returns its session.

    The session is kept if the token keeps its history. It ends with the connection. Raises MessageError.
    """
    require_running()
    session = await database_sync_to_async(_admit)(token, sdp, via, listen)
    offer = messages.Offer(_GEN, sdp)
    admitted = Admitted(listen.language, False, listen.endpointing, listen.vocabulary)
    try:
        answer = await offered(
            session,
            offer,
            admitted,
            presence="media",
            kept=token.keep_history,
            channel=channel,
            call=call,
        )
    except BaseException:
        # What a store's outage leaves ends by itself.
        with suppress(RedisError, DatabaseError):
            await hang_up(session)
        raise
    return session, answer


def find(user: User, session: uuid.UUID, via: str) -> bool:
    """Whether this is a running call of the user."""
    call = unkept_calls.find(session)
    if call is not None:
        return call.user == user.pk
    mine = Session.objects.open().filter(user=user, via=via, pk=session)
    return bool(mine.exclude(token=None).exists())


async def hang_up(session: uuid.UUID) -> None:
    """Ends a call; its last words are told and saved meanwhile."""
    if not await stop([str(session)], "stopped", get_channel_layer()):
        await database_sync_to_async(_forget)(session)


async def attach(session: uuid.UUID, reply: str, *, attached: bool = True) -> None:
    """Has a call told to the channel `reply` too: each event as a `session.event`, and `CALL_ENDED` at the end."""
    await _send(session, Attach(str(session), reply, attached))


async def say(session: uuid.UUID, text: str, reply: str) -> None:
    """Says something in a call, for the program at the channel `reply`."""
    await _send(session, Say(str(session), text, reply))


async def _send(session: uuid.UUID, command: Attach | Say) -> None:
    if worker := await SharedRegistry().holder(str(session)):
        await get_channel_layer().send(worker, pack(command))


@transaction.atomic
def _admit(token: ApiToken, sdp: str, via: str, listen: Listen) -> uuid.UUID:
    user = locked(token.user_id)
    session = Session(
        user=user,
        token=token,
        via=via,
        gen=_GEN,
        language=listen.language,
        keep_sound=user.keep_sound,
        offered_video=offers_video(sdp),
    )
    require_room(session)
    if token.keep_history:
        session.save()
    else:
        unkept_calls.enter(session.pk, token)
    pk: uuid.UUID = session.pk
    return pk


def _forget(session: uuid.UUID) -> None:
    """Ends a call that no worker holds."""
    unkept_calls.leave(session)
    row = Session.objects.filter(pk=session).first()
    if row is not None and (row.clock_ms or not Session.objects.discard_wordless(session)):
        row.end(shared_now())
