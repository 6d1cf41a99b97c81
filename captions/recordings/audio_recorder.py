"""Records the sound of live sessions: writes their Opus packets to disk unchanged, in a thread of its own."""

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path

import structlog

from ..audio.ogg import OggOpusFile
from ..metrics import DROPS, SOUND_FAILURES, SOUND_WAITING
from .parts import PartsFolder, SoundPart

log = structlog.get_logger(__name__)

# Most packets that wait for the disk: with 20 ms each, about seven minutes of one session, or 25 s of sixteen.
CAPACITY = 20_000
_PAUSE_SECONDS = 0.1
# Short Ogg pages cost a few bytes more, and keep the loss small when the process is killed.
_PAGE_MS = 100
# One fsync a second: a power failure loses at most the sound since the last one.
_ROUNDS_A_SYNC = 10


class Track:
    """Records the sound of one session in this process. `put` and `close` never wait."""

    def __init__(self, recorder: "AudioRecorder", session: str, on_lost: Callable[[], None]) -> None:
        self.session = session
        self._recorder = recorder
        self._on_lost = on_lost
        self._lost = False

    def put(self, payload: bytes, at: int, ticks: int, channels: int = 1) -> None:
        """Takes an Opus packet that begins at `at` on the session's clock and lasts `ticks`, both in 1/48000 s.

        With two `channels` they are to be played apart.
        """
        if not self._lost and not self._recorder.take(self, payload, at, ticks, channels):
            self.abandon("queue")

    def close(self) -> None:
        """Finishes the file once everything queued is written."""
        self._recorder.finish(self)

    def abandon(self, why: str) -> None:
        """Gives up the recording: drops all further packets and calls `on_lost`, once. `why` is queue or disk."""
        if self._lost:
            return
        self._lost = True
        SOUND_FAILURES.labels(why).inc()
        self._on_lost()


class AudioRecorder:
    """Writes tracks into `folder`. A disk error ends the recording of that track and of no other.

    At most `capacity` packets wait for the disk; a track whose packet does not fit is abandoned.
    """

    def __init__(self, folder: Path, *, capacity: int = CAPACITY) -> None:
        self._folder = PartsFolder(folder)
        self._capacity = capacity
        # Payload None means that the track is to be closed.
        self._waiting: deque[tuple[Track, bytes | None, int, int, int]] = deque()
        self._open: dict[Track, tuple[SoundPart, OggOpusFile]] = {}
        self._failed: set[Track] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sound-disk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def track(self, session: str, on_lost: Callable[[], None]) -> Track:
        """A new track, whose file is created with its first packet. `on_lost` may be called in any thread."""
        return Track(self, session, on_lost)

    def take(self, track: Track, payload: bytes, at: int, ticks: int, channels: int) -> bool:
        """Queues a packet of a track; False when the queue is full."""
        if len(self._waiting) >= self._capacity:
            DROPS.labels("sound").inc()
            return False
        self._waiting.append((track, payload, at, ticks, channels))
        return True

    def finish(self, track: Track) -> None:
        """Queues the end of a track."""
        self._waiting.append((track, None, 0, 0, 0))

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
                self._sync_all()
        self._write_all()
        for track in list(self._open):
            self._close(track)

    def _write_all(self) -> None:
        SOUND_WAITING.set(len(self._waiting))
        while self._waiting:
            track, payload, at, ticks, channels = self._waiting.popleft()
            if payload is None:
                self._close(track)
                self._failed.discard(track)
            elif track not in self._failed:
                self._write(track, payload, at, ticks, channels)

    def _write(self, track: Track, payload: bytes, at: int, ticks: int, channels: int) -> None:
        try:
            if track in self._open and self._open[track][1].channels < channels:
                # What a file says at its beginning holds for all of it.
                self._close(track)
            if track not in self._open:
                self._open[track] = self._begin(track.session, max(0, at), channels)
            part, file = self._open[track]
            file.write(payload, at - part.start, ticks)
        except OSError as error:
            self._fail(track, error.strerror)
        except Exception:
            # A programming error in one track must not end the recording of all others.
            log.exception("packet_write_failed", session=track.session)
            self._fail(track, "internal")

    def _begin(self, session: str, at: int, channels: int) -> tuple[SoundPart, OggOpusFile]:
        """A new part that begins at `at`. Raises OSError."""
        part = self._folder.new_part(session, at)
        try:
            return part, OggOpusFile(part.path, channels=channels, page_ms=_PAGE_MS)
        except FileNotFoundError:
            # What was recorded before was joined at this moment, and its empty folder removed.
            part = self._folder.new_part(session, at)
            return part, OggOpusFile(part.path, channels=channels, page_ms=_PAGE_MS)

    def _sync_all(self) -> None:
        for track, (_, file) in list(self._open.items()):
            try:
                file.sync()
            except OSError as error:
                self._fail(track, error.strerror)

    def _close(self, track: Track) -> None:
        _, file = self._open.pop(track, (None, None))
        if file is None:
            return
        try:
            file.close()
        except OSError as error:
            self._fail(track, error.strerror)

    def _fail(self, track: Track, error: str | None) -> None:
        if track not in self._failed:
            log.error("sound_not_kept", session=track.session, error=error)
            self._failed.add(track)
            self._close(track)
            track.abandon("disk")
