"""Cuts a time range out of the sound of a session, from its recording or from the parts of one."""

import errno
import fcntl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ..audio.ogg import OggOpusFile
from ..models import Recording, Session
from ..speech.types import TimeRange
from .channels import most_channels
from .laying import laid
from .parts import TICKS_A_MS, PartsFolder, RecordingBusyError, SoundPart, parts_folder

# Not ".tmp": parts may be joined and deleted, with what was made of them, while this file is read.
_SUFFIX = ".cut"


def has_sound(session: Session) -> bool:
    """Whether this host finds any sound of the session, recorded or joined."""
    # In this order: parts that are joined meanwhile are found either here or there.
    return (
        bool(parts_folder().parts(str(session.pk)))
        or Recording.objects.kept().filter(session=session).exists()
    )


@contextmanager
def cut(
    session: Session, time_range: TimeRange, alive: Callable[[], None], *, growing: bool = False
) -> Iterator[Path | None]:
    """An Ogg Opus file with the sound of the time range, beginning at 0; None if the range has no sound.

    The file is deleted at the end of the context. `alive` is called again and again while the sound is read, which may
    take a while where recordings are in a bucket. With `growing`, parts that a worker still writes are read
    as well.

    Raises RecordingBusyError while another process writes or joins parts that are needed, OSError, which includes that
    the session has no sound at all, and what `alive` raises.
    """
    folder = parts_folder()
    path = folder.of(str(session.pk)) / f"{time_range.end_ms}{_SUFFIX}"
    path.unlink(missing_ok=True)
    try:
        yield path if _write(path, folder, session, time_range, alive, growing=growing) else None
    finally:
        path.unlink(missing_ok=True)
        # Fails, as it should, if the folder holds anything else.
        with suppress(OSError):
            path.parent.rmdir()


def _write(
    path: Path,
    folder: PartsFolder,
    session: Session,
    time_range: TimeRange,
    alive: Callable[[], None],
    *,
    growing: bool,
) -> bool:
    """Writes the file; False if the time range has no sound."""
    start, end = time_range.start_ms * TICKS_A_MS, time_range.end_ms * TICKS_A_MS
    found = False
    # In this order: parts that are joined meanwhile are found either here or there.
    everything = folder.parts(str(session.pk))
    recording = Recording.objects.kept().filter(session=session).first()
    with ExitStack() as stack:
        if recording is None and not everything:
            raise FileNotFoundError(
                errno.ENOENT,
                "There is no sound of it here: it could not be recorded, or SOUND_DIR is not shared.",
            )
        parts = [part for part in everything if part.start < end]
        free = {part for part in parts if _is_free(stack, part)}
        if not growing and len(free) < len(parts):
            raise RecordingBusyError
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = OggOpusFile(path, channels=most_channels(recording, parts))
        try:
            for payload, at, ticks in laid(recording, parts):
                alive()
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
    """Locks a part until `stack` closes; False while another process writes or joins it."""
    try:
        file = stack.enter_context(part.path.open("rb"))
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
