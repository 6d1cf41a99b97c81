"""A logout or a new password reaches the sockets of that user at once, on every web process."""

from typing import Any

import structlog
from allauth.account.signals import password_changed, password_reset, password_set
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.signals import user_logged_out
from redis import RedisError

from ..models import User

log = structlog.get_logger(__name__)


def login_group(user_id: int) -> str:
    """The channel layer group of a user's sockets."""
    return f"login.{user_id}"


def _login_changed(sender: Any, user: User | None = None, **kwargs: Any) -> None:
    if user is None:
        return
    try:
        async_to_sync(get_channel_layer().group_send)(login_group(user.pk), {"type": "login.changed"})
    except RedisError as error:
        # Every socket asks for itself once a minute as well.
        log.warning("login_change_not_announced", error=type(error).__name__)


def connect() -> None:
    for signal in (user_logged_out, password_changed, password_reset, password_set):
        signal.connect(_login_changed, dispatch_uid="captions.login_changed")
