"""Which dictation a program's sound goes to: a new one, one that it names, or its own of a moment ago."""

import uuid
from collections.abc import Mapping
from datetime import timedelta

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import timezone

from ...live.exchange import exchange
from ...live.signaling.admission import Program
from ...models import ApiToken, Session
from ...protocol.messages import MessageError
from ..dictations import Published, Wanted

VIA = "whip"
# Where the dictation of a moment ago cannot go on, another one begins.
_NOT_THAT_ONE = {"heard", "session_ended", "not_found", "trashed", "stale_gen"}


async def publish(token: ApiToken, sdp: str, asked: Mapping[str, str], joined: uuid.UUID | None) -> Published:
    """Takes an offer for the dictation `joined` of the token's account, whose sound it replaces.

    Without one, a program that connects again within RESUME_SECONDS goes on with its own dictation, unless that is
    still being heard; any other begins a new one, with the `title` and `language` that were `asked` for. Raises Refusal
    and MessageError.
    """
    wanted = await Wanted.of(token, asked)
    program = Program(token, VIA)
    if joined is not None:
        answer = await exchange(token.user, joined, sdp, program, wanted=wanted.settings)
        return Published(joined, answer)
    recent = await database_sync_to_async(_recent)(token)
    if recent is not None:
        try:
            answer = await exchange(
                token.user, recent, sdp, program, wanted=wanted.settings, unless_heard=True
            )
            return Published(recent, answer)
        except MessageError as error:
            if error.code not in _NOT_THAT_ONE:
                raise
    return await wanted.begin(sdp, program)


def own(token: ApiToken, pk: uuid.UUID) -> Session | None:
    """The running dictation `pk` of the token's account that a program sends sound to, or None."""
    running = Session.objects.open().filter(user=token.user_id, via=VIA)
    return running.exclude(token=None).filter(pk=pk).first()


def release(token: ApiToken, pk: uuid.UUID) -> bool:
    """Ends that a program sends sound to the dictation; False where none does any longer."""
    session = own(token, pk)
    if session is None:
        return False
    return bool(Session.objects.filter(pk=pk, token=session.token_id).update(token=None))


def _recent(token: ApiToken) -> uuid.UUID | None:
    since = timezone.now() - timedelta(seconds=settings.RESUME_SECONDS)
    mine = Session.objects.open().filter(token=token, via=VIA, active_at__gte=since)
    return mine.order_by("-active_at").values_list("pk", flat=True).first()
