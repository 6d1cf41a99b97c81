"""Records the sound of live sessions: writes their Opus packets to disk unchanged, in a thread of its own."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import structlog

from ..audio.ogg import OggOpusFile, end_of
from ..metrics import DROPS, SOUND_FAILURES, SOUND_WAITING
from .parts import PartsFolder, SoundPart

log = structlog.get_logger(__name__)

# Most packets that wait for the disk: with 20 ms each, about seven minutes of one session, or 25 s of sixteen.
CAPACITY = 20_000
# After a track failed, it is tried again in a new file.
RETRY_SECONDS = 10.0
_PAUSE_SECONDS = 0.1
# Short Ogg pages cost a few bytes more, and keep the loss small when the process is killed.
_PAGE_MS = 100
# One fsync a second: a power failure loses at most the sound since the last one.
_ROUNDS_A_SYNC = 10


class Track:
    """Records the sound of one session in this process. `put` and `close` never wait.

    `on_change` is called with False when the sound is no longer kept, and with True when it is on the disk again.
    """

    def __init__(self, recorder: "AudioRecorder", session: str, on_change: Callable[[bool], None]) -> None:
        self.session = session
        self.is_kept = True
        self._recorder = recorder
        self._on_change = on_change

    def put(self, payload: bytes, at: int, ticks: int, channels: int = 1) -> None:
        """Takes an Opus packet that begins at `at` on the session's clock and lasts `ticks`, both in 1/48000 s.

        With two `channels` they are to be played apart.
        """
        if not self._recorder.take(_Waiting(self, payload, at, ticks, channels, again=not self.is_kept)):
            self.lost("queue")

    def close(self) -> None:
        """Finishes the file once everything queued is written."""
        self._recorder.finish(self)

    def lost(self, why: str) -> None:
        """Notes that sound is missing from here on. `why` is queue or disk."""
        if self.is_kept:
            self.is_kept = False
            SOUND_FAILURES.labels(why).inc()
            self._tell(False)

    def found(self) -> None:
        """Notes that the sound is kept again."""
        if not self.is_kept:
            self.is_kept = True
            self._tell(True)

    def _tell(self, is_kept: bool) -> None:
        try:
            self._on_change(is_kept)
        except Exception:
            # Its session must not end the recording of all others.
            log.exception("sound_callback_failed", session=self.session)


class _Waiting(NamedTuple):
    """A packet that waits for the disk, or the end of its track if `payload` is None.

    `again` says that it came while the sound was not kept.
    """

    track: Track
    payload: bytes | None
    at: int = 0
    ticks: int = 0
    channels: int = 1
    again: bool = False


class AudioRecorder:
    """Writes tracks into `folder`. An error of the disk concerns that track and no other, which goes on in a new file
    once the disk takes it again: it is tried every `retry_seconds`.

    At most `capacity` packets wait for the disk; what does not fit is dropped, until half of that has been written.
    """

    def __init__(
        self, folder: Path, *, capacity: int = CAPACITY, retry_seconds: float = RETRY_SECONDS
    ) -> None:
        self._folder = PartsFolder(folder)
        self._capacity = capacity
        self._retry_seconds = retry_seconds
        self._waiting: deque[_Waiting] = deque()
        self._open: dict[Track, tuple[SoundPart, OggOpusFile]] = {}
        # The tracks that failed, and when they are tried again, in monotonic seconds.
        self._failed: dict[Track, float] = {}
        # Those whose sound is written again, and not known to be on the disk.
        self._trying: set[Track] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound-disk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def track(self, session: str, on_change: Callable[[bool], None]) -> Track:
        """A new track, whose file is created with its first packet. `on_change` may be called in any thread."""
        return Track(self, session, on_change)

    def take(self, packet: _Waiting) -> bool:
        """Queues a packet of a track; False when the queue is full."""
        if len(self._waiting) >= (self._capacity // 2 if packet.again else self._capacity):
            DROPS.labels("sound").inc()
            return False
        self._waiting.append(packet)
        return True

    def finish(self, track: Track) -> None:
        """Queues the end of a track."""
        self._waiting.append(_Waiting(track, None))

    def close(self, timeout: float) -> bool:
        """Writes what is queued and closes every file; False if that takes longer than `timeout` seconds."""
        self._closing.set()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        # It polls: waking it for each packet would cost time in the thread that receives them.
        rounds = 0
        while not self._closing.wait(_PAUSE_SECONDS):
            self._write_all()
            rounds += 1
            if rounds % _ROUNDS_A_SYNC == 0:
                for track in list(self._open):
                    with self._working_for(track):
                        self._sync(track)
        self._write_all()
        for track in list(self._open):
            with self._working_for(track):
                self._close(track)

    @contextmanager
    def _working_for(self, track: Track) -> Iterator[None]:
        """Whatever is raised ends what is written of this track, and never this thread, which records all sessions."""
        try:
            yield
        except OSError as error:
            self._fail(track, error.strerror)
        except Exception:
            log.exception("packet_write_failed", session=track.session)
            self._fail(track, "internal")

    def _write_all(self) -> None:
        SOUND_WAITING.set(len(self._waiting))
        while self._waiting:
            packet = self._waiting.popleft()
            with self._working_for(packet.track):
                if packet.payload is None:
                    self._close(packet.track)
                elif time.monotonic() >= self._failed.get(packet.track, 0.0):
                    self._write(packet, packet.payload)
            if packet.payload is None:
                self._failed.pop(packet.track, None)
                self._trying.discard(packet.track)

    def _write(self, packet: _Waiting, payload: bytes) -> None:
        """Raises OSError."""
        track, at = packet.track, max(0, packet.at)
        if track in self._open and self._open[track][1].channels < packet.channels:
            # What a file says at its beginning holds for all of it.
            self._close(track)
        if track not in self._open:
            self._open[track] = self._begin(track.session, at, packet.channels)
        part, file = self._open[track]
        file.write(payload, packet.at - part.start, packet.ticks)
        if packet.again:
            self._trying.add(track)

    def _begin(self, session: str, at: int, channels: int) -> tuple[SoundPart, OggOpusFile]:
        """A new part that begins at `at`. Raises OSError."""
        part = self._folder.new_part(session, at)
        try:
            return part, OggOpusFile(part.path, channels=channels, page_ms=_PAGE_MS)
        except FileNotFoundError:
            # What was recorded before was joined at this moment, and its empty folder removed.
            part = self._folder.new_part(session, at)
            return part, OggOpusFile(part.path, channels=channels, page_ms=_PAGE_MS)

    def _sync(self, track: Track) -> None:
        """Raises OSError."""
        self._open[track][1].sync()
        if track in self._trying:
            self._trying.discard(track)
            self._failed.pop(track, None)
            log.info("sound_kept_again", session=track.session)
            track.found()

    def _close(self, track: Track) -> None:
        """Raises OSError."""
        _, file = self._open.pop(track, (None, None))
        if file is not None:
            file.close()

    def _fail(self, track: Track, error: str | None) -> None:
        if track.is_kept:
            log.error("sound_not_kept", session=track.session, error=error)
        self._failed[track] = time.monotonic() + self._retry_seconds
        self._trying.discard(track)
        part, file = self._open.pop(track, (None, None))
        if part is not None and file is not None:
            # It fails here as it has failed before.
            with suppress(Exception):
                file.close()
            with suppress(Exception):
                _remove_empty(part.path)
        track.lost("disk")


def _remove_empty(path: Path) -> None:
    """Removes a file without a whole page of sound. Raises OSError."""
    if not end_of(path):
        path.unlink()
