"""Sound that a page recorded itself while it had no connection, and delivered later.

It waits here until its words are saved. Then it joins the recording of its session, or is deleted where none is kept.
"""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from time import monotonic
from uuid import UUID

from django.conf import settings

from ..asr.offline.bounded import BoundedSound
from ..asr.offline.decoder import DecodeRequest
from ..core.storage import NEW
from ..models import Session, TranscriptGap
from .parts import TICKS_A_MS, PartsFolder, parts_folder

# Beside the folders of sessions, whose names are UUIDs.
_FOLDER = "delivered"
_SUFFIX = ".opus"
# A minute of sound is decoded in a moment, on a busy machine too; a file that takes so long is made to.
_PATIENCE_SECONDS = 60.0


def take(session: UUID, delivery: UUID, body: bytes, *, name: str, most_seconds: float) -> int:
    """Decodes and keeps the sound in `body`, a file of any format; returns its length in milliseconds.

    `name` is what error messages call it. Safe to repeat. Raises MediaError, and OSError, also where it takes too long.
    """
    until = monotonic() + _PATIENCE_SECONDS
    path = path_of(session, delivery)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = f"{delivery}.{secrets.token_hex(4)}"
    received, decoded = path.with_name(f"{stem}.in"), path.with_name(f"{stem}.out")
    try:
        descriptor = os.open(received, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(body)
        request = DecodeRequest(os.fsencode(received), name, most_seconds, opus=str(decoded))
        with BoundedSound(request) as media:
            for _ in media.sound():
                if monotonic() > until:
                    raise TimeoutError(errno.ETIME, os.strerror(errno.ETIME))
            length_ms = round(media.position * 1000)
        decoded.replace(path)
    finally:
        received.unlink(missing_ok=True)
        decoded.unlink(missing_ok=True)
    return length_ms


def path_of(session: UUID, delivery: UUID) -> Path:
    return _folder().of(str(session)) / f"{delivery}{_SUFFIX}"


def settle(gap: TranscriptGap) -> None:
    """Joins delivered sound whose words are saved to its recording, or deletes it. Safe to repeat. Raises OSError."""
    assert gap.delivery is not None
    path = path_of(gap.session_id, gap.delivery)
    if path.exists() and Session.all_objects.filter(pk=gap.session_id, keep_sound=True).exists():
        part = parts_folder().new_part(str(gap.session_id), gap.start_ms * TICKS_A_MS, is_late=True)
        path.replace(part.path)
    path.unlink(missing_ok=True)
    # Fails, as it should, if more was delivered.
    with suppress(OSError):
        path.parent.rmdir()


def discard(session: str) -> None:
    """Deletes all sound that was delivered for a session. Raises OSError."""
    _folder().remove(session)


def sweep(now: datetime) -> int:
    """Settles what a process that was killed has left behind; returns how many files."""
    swept = 0
    for path in _left(now):
        delivery, _, kind = path.name.partition(".")
        gap = TranscriptGap.objects.filter(delivery=UUID(delivery)).first()
        if gap is None or f".{kind}" != _SUFFIX:
            path.unlink(missing_ok=True)
        elif not gap.is_pending:
            settle(gap)
        else:
            continue
        swept += 1
    return swept


def _left(now: datetime) -> Iterator[Path]:
    before = (now - NEW).timestamp()
    for path in list((settings.SOUND_DIR / _FOLDER).glob("*/*")):
        if path.stat().st_mtime < before:
            yield path


def _folder() -> PartsFolder:
    return PartsFolder(settings.SOUND_DIR / _FOLDER)
