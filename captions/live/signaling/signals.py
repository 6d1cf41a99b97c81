"""Informs the open sockets, on every web process, of a logout, a new password, a disabled account, a
revoked token, a deleted session, a correction, a speaker's name, or what was answered to an action.
"""

from typing import Any

import structlog
from allauth.account.signals import password_changed, password_reset, password_set
from channels.layers import get_channel_layer
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete, post_save
from redis import RedisError

from ...core.promptly import promptly
from ...models import Session, User
from ...protocol.commands import group, login_group, token_group
from ...tokens.signals import tokens_revoked
from ...transcripts.acting import call_answered
from ...transcripts.changes import words_changed
from ...transcripts.speakers import speakers_named

log = structlog.get_logger(__name__)


def _login_changed(sender: Any, user: User | None = None, **kwargs: Any) -> None:
    if user is not None:
        _announce_recheck(login_group(user.pk))


def _user_changed(sender: Any, instance: User, **kwargs: Any) -> None:
    if not instance.is_active:
        _announce_recheck(login_group(instance.pk))


def _tokens_revoked(sender: Any, tokens: list[int], **kwargs: Any) -> None:
    for token in tokens:
        _announce(token_group(token), {"type": "token.revoked"})


def _session_deleted(sender: Any, instance: Session, **kwargs: Any) -> None:
    _announce_recheck(group(str(instance.pk)))


def _words_changed(sender: Session, seqs: list[int], **kwargs: Any) -> None:
    # A session that has ended has no sockets.
    if sender.ended_at is None:
        _announce(group(str(sender.pk)), {"type": "session.changed", "seqs": seqs})


def _call_answered(sender: Session, message: dict[str, Any], **kwargs: Any) -> None:
    if sender.ended_at is None:
        _announce(group(str(sender.pk)), {"type": "session.event", "payload": message})


def _speakers_named(sender: Session, **kwargs: Any) -> None:
    # A process of the version before knows only the seqs.
    if sender.ended_at is None:
        _announce(group(str(sender.pk)), {"type": "session.changed", "seqs": [], "named": True})


def _announce_recheck(name: str) -> None:
    # A lost message only delays the check: every socket repeats it at AUTH_RECHECK_SECONDS.
    _announce(name, {"type": "login.changed"})


def _announce(name: str, event: dict[str, Any]) -> None:
    try:
        promptly(get_channel_layer().group_send, name, event)
    except RedisError as error:
        log.warning("change_not_announced", error=type(error).__name__)


def connect() -> None:
    for signal in (user_logged_out, password_changed, password_reset, password_set):
        signal.connect(_login_changed, dispatch_uid="captions.login_changed")
    post_save.connect(_user_changed, sender=User, dispatch_uid="captions.user_changed")
    tokens_revoked.connect(_tokens_revoked, dispatch_uid="captions.tokens_revoked")
    words_changed.connect(_words_changed, dispatch_uid="captions.words_changed")
    call_answered.connect(_call_answered, dispatch_uid="captions.call_answered")
    speakers_named.connect(_speakers_named, dispatch_uid="captions.speakers_named")
    post_delete.connect(_session_deleted, sender=Session, dispatch_uid="captions.session_deleted")
