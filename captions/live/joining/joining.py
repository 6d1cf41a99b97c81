"""Makes links with which a device joins a dictation, lets devices in and puts them out.

Functions raise redis.RedisError and django.db.Error where a store is away.
"""

from uuid import UUID

import structlog
from channels.layers import get_channel_layer
from django.utils import timezone
from django.utils.translation import gettext as _

from ...core.errors import RefusedError
from ...core.promptly import promptly
from ...models import Session, User
from ...protocol import messages, registry
from ...protocol.commands import SECOND, Control, device_group, pack
from ...protocol.messages import MessageError
from ..signaling import admission
from . import grants
from .grants import Device, Grant

log = structlog.get_logger(__name__)


class JoinError(RefusedError):
    """Why no device can join, as a sentence for the person."""


def make_link(session: Session, login: str | None) -> str:
    """The key of a new link for a session of whoever has the login. Raises JoinError."""
    if session.ended_at is not None or not registry.is_held(str(session.pk)):
        raise JoinError(_("This dictation is not running. Press Start, then add a phone."))
    if "webrtc" not in messages.sound_roads():
        raise JoinError(_("This server takes sound over the web connection only, so no phone can be added."))
    if device_of(session) is not None:
        raise JoinError(_("A phone has joined already. Remove it first."))
    # One of before the dictation was continued, or of another login.
    grants.remove(session.pk)
    key = grants.make_link(Grant(session.pk, session.user_id, login, session.continuations))
    log.info("device_link_made", session=str(session.pk))
    return key


def join(key: str) -> str:
    """Lets a device join with the key of a link; returns what its cookie is to say. Raises JoinError."""
    grant = grants.use_link(key)
    if grant is None:
        raise JoinError(expired())
    try:
        session = check(grant)
    except MessageError as error:
        raise JoinError(expired()) from error
    # So it is behind all that a device has offered that had joined before: none offers once a second for long.
    gen = max(0, int((timezone.now() - session.created_at).total_seconds()))
    cookie = grants.join(grant, gen)
    if cookie is None:
        raise JoinError(_("Another phone has joined this dictation already."))
    log.info("device_joined", session=str(session.pk))
    return cookie


def check(grant: Grant) -> Session:
    """The session of a device. Raises MessageError `not_joined` if it is over, or its owner's login is."""
    user = User(pk=grant.user)
    try:
        admission.recheck(user, grant.session, grant.login)
        session = admission.find(user, grant.session)
    except MessageError as error:
        raise left() from error
    if session.ended_at is not None or session.continuations != grant.continuations:
        raise left()
    return session


def left() -> MessageError:
    """What to tell a device that may send nothing any more."""
    return MessageError("not_joined", _("This phone is not part of the dictation any longer."))


def expired() -> str:
    return _("This code is no longer valid. Show a new one on the computer, and scan that.")


def device_of(session: Session) -> Device | None:
    """The device that has joined a session, and still may send its sound."""
    found = grants.device(session.pk)
    if found is None:
        return None
    try:
        check(found.grant)
    except MessageError:
        return None
    return found


def remove(session: UUID) -> None:
    """Puts out the device of a session, and withdraws its link. Nothing else of the dictation changes."""
    if not grants.remove(session):
        return
    log.info("device_removed", session=str(session))
    promptly(get_channel_layer().group_send, device_group(str(session)), {"type": "device.removed"})
    _command(Control(str(session), "stop", "", source=SECOND))


def choose(session: Session, mode: str) -> None:
    """Has the two devices of a session heard in another way from now on."""
    session.devices = mode
    session.save(update_fields=["devices"])
    _command(Control(str(session.pk), "mode", "", mode))


def _command(command: Control) -> None:
    if worker := registry.holder(command.session):
        promptly(get_channel_layer().send, worker, pack(command))
