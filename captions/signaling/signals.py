"""A logout, a new password or a deleted session reaches the sockets it concerns at once, on every web process."""

from typing import Any

import structlog
from allauth.account.signals import password_changed, password_reset, password_set
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_delete
from redis import RedisError

from ..models import Session, User
from ..worker.commands import group

log = structlog.get_logger(__name__)


def login_group(user_id: int) -> str:
    """The channel layer group of a user's sockets."""
    return f"login.{user_id}"


def _login_changed(sender: Any, user: User | None = None, **kwargs: Any) -> None:
    if user is not None:
        _tell_to_recheck(login_group(user.pk))


def _session_deleted(sender: Any, instance: Session, **kwargs: Any) -> None:
    _tell_to_recheck(group(str(instance.pk)))


def _tell_to_recheck(name: str) -> None:
    try:
        async_to_sync(get_channel_layer().group_send)(name, {"type": "login.changed"})
    except RedisError as error:
        # Every socket asks for itself once a minute as well.
        log.warning("change_not_announced", error=type(error).__name__)


def connect() -> None:
    for signal in (user_logged_out, password_changed, password_reset, password_set):
        signal.connect(_login_changed, dispatch_uid="captions.login_changed")
    post_delete.connect(_session_deleted, sender=Session, dispatch_uid="captions.session_deleted")
