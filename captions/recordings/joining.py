"""Joins the parts that audio workers recorded of a session into one recording, once the session has ended."""

import secrets
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction

from ..audio.ogg import OggOpusFile
from ..models import Recording, Session
from ..models.recording import sound_storage
from .channels import most_channels
from .finished import FinishedFile
from .laying import laid
from .parts import TICKS_A_MS, PartsFolder, RecordingBusyError, SoundPart, parts_folder

log = structlog.get_logger(__name__)

_JOINED = "joined.tmp"


def finish_all() -> int:
    """Joins the parts of every session that has ended; returns how many got a recording.

    Safe to call in several processes at once, and again after one was killed: the parts of a session are locked while
    they are joined, and deleted once the recording is stored.
    """
    finished = 0
    folder = parts_folder()
    for session in folder.sessions():
        try:
            finished += _finish(folder, session)
        except RecordingBusyError:
            continue
        except Exception:
            # One session that fails must not stop the others.
            log.exception("sound_not_joined", session=str(session))
    return finished


def _finish(folder: PartsFolder, pk: UUID) -> bool:
    """Joins one session; False if it has not ended or was deleted. Raises RecordingBusyError, OSError."""
    name = str(pk)
    with folder.claimed(name) as parts:
        session = Session.all_objects.filter(pk=pk).first()
        if session is None:
            folder.remove(name)
            return False
        if session.ended_at is None or not parts:
            return False
        joined = folder.of(name) / _JOINED
        joined.unlink(missing_ok=True)
        earlier = Recording.objects.kept().filter(session=session).first()
        duration_ms = _join(joined, earlier, parts)
        if duration_ms:
            keep(session, joined, duration_ms, earlier=earlier)
        folder.remove_parts(name, parts)
    return duration_ms > 0


def _join(path: Path, earlier: Recording | None, parts: list[SoundPart]) -> int:
    """Writes a new file at `path`, on the session's clock; returns its length in milliseconds."""
    joined = OggOpusFile(path, channels=most_channels(earlier, parts))
    try:
        # A worker may have recorded more of the session after it was joined as ended.
        for packet in laid(earlier, parts):
            joined.write(*packet)
    finally:
        joined.close()
    return joined.end // TICKS_A_MS


def keep(session: Session, joined: Path, duration_ms: int, *, earlier: Recording | None = None) -> None:
    """Moves the file into the storage as the recording of a session. Raises what the storage raises.

    If the user has deleted the session or its sound in the meantime, the file is deleted. `earlier` is the recording
    whose sound the file contains; raises RecordingBusyError, and keeps nothing, if it was deleted meanwhile.
    """
    storage = sound_storage()
    size = joined.stat().st_size
    with joined.open("rb") as file:
        name = storage.save(f"{session.pk}-{secrets.token_hex(8)}.opus", FinishedFile(file, name=str(joined)))
    before, is_outdated = "", False
    with transaction.atomic():
        # The user may have deleted the session or its sound in the meantime.
        row = Session.all_objects.select_for_update().filter(pk=session.pk, keep_sound=True).first()
        if row is not None:
            recording = Recording.objects.filter(session=row).first() or Recording(session=row)
            before = recording.file.name or ""
            is_outdated = before != (earlier.file.name if earlier else "")
        if row is not None and not is_outdated:
            recording.file.name = name
            recording.duration_ms, recording.size, recording.peaks = duration_ms, size, b""
            recording.kept_at, recording.deleted_at = row.ended_at or recording.kept_at, None
            recording.save()
    # The file that no row names now: the one it replaced, or the new one if the sound was deleted.
    superfluous = name if row is None or is_outdated else before
    if superfluous:
        storage.delete(superfluous)
    if is_outdated:
        raise RecordingBusyError
    log.info("sound_kept", session=str(session.pk), duration_ms=duration_ms, bytes=size)
