"""Ends the dictations of programs whose token may not be used any longer."""

from datetime import datetime
from typing import Any

import structlog
from channels.layers import get_channel_layer
from redis import RedisError

from ..core.promptly import promptly
from ..models import Session
from ..models.shared_clock import shared_now
from ..protocol.ending import stop
from ..tokens.signals import tokens_revoked
from . import unkept_calls

log = structlog.get_logger(__name__)

REASON = "token_ended"
"""`media.reason` of the wire protocol."""


def end_without_token(now: datetime) -> None:
    """Ends the sessions whose sound is sent with a token that was revoked or has expired, or whose account may not log
    in. Safe to repeat: a worker that could not be asked now is asked the next time.
    """
    sessions = {str(each.pk): each for each in Session.all_objects.without_token(now)}
    try:
        calls = unkept_calls.without_token(now)
        if not sessions and not calls:
            return
        held = promptly(stop, [*sessions, *calls], REASON, get_channel_layer())
    except RedisError as error:
        log.warning("sessions_not_stopped", error=type(error).__name__)
        return
    for name, session in sessions.items():
        if name not in held:
            session.end(now)
    log.info("sessions_without_token", sessions=[*sessions, *calls])


def _tokens_revoked(sender: Any, **kwargs: Any) -> None:
    end_without_token(shared_now())


def connect() -> None:
    tokens_revoked.connect(_tokens_revoked, dispatch_uid="captions.sessions_without_token")
