"""Cuts a stretch out of the sound of a session, wherever that stands by now."""

import errno
import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..audio.ogg import OggOpusFile, packets
from ..models import Recording, Session
from ..speech.types import TimeRange
from .parts import TICKS_A_MS, PartsFolder, RecordingBusyError, SoundPart, parts_folder

_CUT = "cut.tmp"


@contextmanager
def cut(session: Session, time_range: TimeRange, *, growing: bool = False) -> Iterator[Path | None]:
    """A file with the sound of the stretch, which is 0 on its time line; None where there is none. It goes afterwards.

    What a worker still writes is read where it is `growing`, as far as it reaches.
    Raises RecordingBusyError while the sound is not complete, or somebody joins it, and OSError, also when nothing is
    kept.
    """
    folder = parts_folder()
    path = folder.of(str(session.pk)) / f"{time_range.end_ms}-{_CUT}"
    path.unlink(missing_ok=True)
    try:
        yield path if _write(path, folder, session, time_range, growing=growing) else None
    finally:
        path.unlink(missing_ok=True)
        # Unless there is more in it.
        with suppress(OSError):
            path.parent.rmdir()


def _write(
    path: Path, folder: PartsFolder, session: Session, time_range: TimeRange, *, growing: bool
) -> bool:
    """False where no sound was kept of the stretch."""
    start, end = time_range.start_ms * TICKS_A_MS, time_range.end_ms * TICKS_A_MS
    found = False
    recording = Recording.objects.kept().filter(session=session).first()
    with ExitStack() as stack:
        everything = folder.parts(str(session.pk))
        if recording is None and not everything:
            raise FileNotFoundError(
                errno.ENOENT, "There is no sound of this session: is SOUND_DIR shared with this host?"
            )
        parts = [part for part in everything if part.start < end]
        free = {part for part in parts if _is_free(stack, part)}
        if not growing and len(free) < len(parts):
            raise RecordingBusyError
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = OggOpusFile(path)
        try:
            for payload, at, ticks in _joined(recording, parts):
                if at >= end:
                    break
                if at + ticks > start:
                    file.write(payload, max(0, at - start), ticks)
                    found = True
            else:
                if len(free) < len(parts):
                    raise RecordingBusyError
        finally:
            file.close()
    return found


def _is_free(stack: ExitStack, part: SoundPart) -> bool:
    """Whether nobody writes it, or makes one of it and others; as long as the stack is open nobody begins to."""
    try:
        file = stack.enter_context(part.path.open("rb"))
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _joined(recording: Recording | None, parts: list[SoundPart]) -> Iterator[tuple[bytes, int, int]]:
    """Packets in the order of their time, from when on the session's clock and how long each in ticks."""
    if recording is not None:
        with recording.file.open("rb") as file:
            yield from packets(file)
    for part in parts:
        for payload, at, ticks in packets(str(part.path)):
            yield payload, part.start + at, ticks
