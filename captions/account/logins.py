"""Writes down who logs in and out, and who fails to."""

from typing import Any

import structlog
from allauth.account.signals import password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import Signal
from django.http import HttpRequest

from ..web.requests import address

log = structlog.get_logger(__name__)

_EVENTS: dict[str, Signal] = {
    "logged_in": user_logged_in,
    "logged_out": user_logged_out,
    "password_changed": password_changed,
    "password_reset": password_reset,
    "password_set": password_set,
    "second_step_added": authenticator_added,
    "second_step_removed": authenticator_removed,
    "second_step_reset": authenticator_reset,
}


def connect() -> None:
    for event, signal in _EVENTS.items():
        signal.connect(_Written(event), weak=False, dispatch_uid=f"captions.{event}")
    user_login_failed.connect(_failed, dispatch_uid="captions.login_failed")


class _Written:
    def __init__(self, event: str) -> None:
        self._event = event

    def __call__(self, request: HttpRequest | None = None, user: Any = None, **kwargs: Any) -> None:
        log.info(self._event, user=user.pk if user else None, address=_address(request))


def _failed(request: HttpRequest | None = None, **kwargs: Any) -> None:
    # Not the name that was typed: now and then it is a password.
    log.warning("login_failed", address=_address(request))


def _address(request: HttpRequest | None) -> str | None:
    return address(request) if request is not None else None
