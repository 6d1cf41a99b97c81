"""Sound goes with the rows it belongs to, whatever deletes them; what cannot be deleted at once is swept up later."""

from functools import partial
from typing import Any

import structlog
from django.db import transaction
from django.db.models.signals import post_delete

from ..models import Recording, Session
from ..storage import discard
from .parts import parts_folder

log = structlog.get_logger(__name__)


def connect() -> None:
    post_delete.connect(_recording_deleted, sender=Recording, dispatch_uid="sound-recording")
    post_delete.connect(_session_deleted, sender=Session, dispatch_uid="sound-session")


def _recording_deleted(instance: Recording, **kwargs: Any) -> None:
    if instance.file:
        file = instance.file
        session = str(instance.session_id)
        gone = partial(discard, file.storage, file.name or "", "sound_not_deleted", session=session)
        transaction.on_commit(gone)


def _session_deleted(instance: Session, **kwargs: Any) -> None:
    transaction.on_commit(partial(_delete_parts, str(instance.pk)))


def _delete_parts(session: str) -> None:
    try:
        parts_folder().remove(session)
    except OSError:
        log.exception("sound_not_deleted", session=session)
