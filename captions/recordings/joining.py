"""Makes one file of what audio workers heard of a session, once it has ended."""

import secrets
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction

from ..audio.ogg import OggOpusFile, packets
from ..models import Recording, Session
from ..models.recording import sound_storage
from .finished import FinishedFile
from .parts import TICKS_A_MS, PartsFolder, RecordingBusyError, SoundPart, parts_folder

log = structlog.get_logger(__name__)

_JOINED = "joined.tmp"


def finish_all() -> int:
    """Finishes every session that has ended and left parts; how many got a recording.

    It may be done twice, and at the same time: who comes second finds the parts taken, or gone, or joins what is
    joined already once more.
    """
    finished = 0
    folder = parts_folder()
    for session in folder.sessions():
        try:
            finished += _finish(folder, session)
        except RecordingBusyError:
            continue
        except Exception:
            # The others must not wait for this one.
            log.exception("sound_not_joined", session=str(session))
    return finished


def _finish(folder: PartsFolder, pk: UUID) -> bool:
    """False for a session that goes on, or that is gone. Raises RecordingBusyError, OSError."""
    name = str(pk)
    with folder.claimed(name) as parts:
        session = Session.objects.filter(pk=pk).first()
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
            keep(session, joined, duration_ms)
        folder.remove(name)
    return duration_ms > 0


def _join(path: Path, earlier: Recording | None, parts: list[SoundPart]) -> int:
    """Writes a new file at `path` whose time line is the session's; returns its length in milliseconds."""
    joined = OggOpusFile(path)
    try:
        if earlier is not None:
            # The session went on after it was taken for over.
            with earlier.file.open("rb") as file:
                for payload, at, ticks in packets(file):
                    joined.write(payload, at, ticks)
        for part in parts:
            for payload, at, ticks in packets(str(part.path)):
                joined.write(payload, part.start + at, ticks)
    finally:
        joined.close()
    return joined.end // TICKS_A_MS


def keep(session: Session, joined: Path, duration_ms: int) -> None:
    """Moves the file into the storage, as the recording of a session that has ended. Raises what a storage raises."""
    storage = sound_storage()
    size = joined.stat().st_size
    with joined.open("rb") as file:
        name = storage.save(f"{session.pk}-{secrets.token_hex(8)}.opus", FinishedFile(file, name=str(joined)))
    before = ""
    with transaction.atomic():
        # Its person may have deleted the session meanwhile, or its sound.
        row = Session.objects.select_for_update().filter(pk=session.pk, keep_sound=True).first()
        if row is not None:
            recording = Recording.objects.filter(session=row).first() or Recording(session=row)
            before = recording.file.name or ""
            recording.file.name = name
            recording.duration_ms, recording.size, recording.peaks = duration_ms, size, b""
            recording.kept_at, recording.deleted_at = row.ended_at or recording.kept_at, None
            recording.save()
    # Deleted meanwhile, or written anew: one of the two files is nobody's.
    superfluous = before if row is not None else name
    if superfluous:
        storage.delete(superfluous)
    log.info("sound_kept", session=str(session.pk), duration_ms=duration_ms, bytes=size)
