"""The sound of a session in two forms, to compare them: samples on its clock, and packets in a file."""

from collections.abc import Iterable
from pathlib import Path
from typing import IO

import av
import numpy as np
import numpy.typing as npt
from django.conf import settings

from captions import models
from captions.live.worker.session_clock import SessionClock
from captions.recordings.audio_recorder import AudioRecorder
from captions.webrtc.audio import AudioChunk, Gap, Packet, Pcm
from captions.webrtc.jitter import AudioPacket
from captions.webrtc.receive_pipeline import ReceivePipeline

Samples = npt.NDArray[np.float64]

_WINDOW = 16_000
_FAR = 16 * 60


class Session:
    """Receives packets as a live session does; `kept` are those that are recorded, with their times in ticks."""

    def __init__(self, start_ms: int = 0) -> None:
        self.start_ms = start_ms
        self.heard: list[npt.NDArray[np.int16]] = []
        self.kept: list[tuple[bytes, int, int]] = []
        self._samples = start_ms * 16
        self._now = 0.0
        self._clock = SessionClock(None)
        self._peers = 0
        self._connect()

    def take(self, packets: Iterable[AudioPacket]) -> "Session":
        for packet in packets:
            self._now = packet.arrived
            self.path.add(packet)
        self.path.flush()
        return self

    def another_peer(self, after_seconds: float) -> "Session":
        """A session after a reconnect; the time since the last sound becomes a gap."""
        self._hear(Gap(int(after_seconds * 16_000)))
        self._connect()
        return self

    @property
    def samples(self) -> Samples:
        """The samples since the beginning of the session; full scale is 1."""
        before = np.zeros(self.start_ms * 16)
        return np.concatenate([before, *(part / 32768 for part in self.heard)])

    def _connect(self) -> None:
        self._now = 0.0
        self._peers += 1
        self._clock.begin(self._peers, self._samples // 16)
        self.path = ReceivePipeline(self._hear, lambda: self._now, self._keep)

    def _hear(self, audio: AudioChunk) -> None:
        samples = audio.samples if isinstance(audio, Pcm) else np.zeros(audio.samples, np.int16)
        self.heard.append(samples)
        self._samples += samples.size

    def _keep(self, packet: Packet) -> None:
        self.kept.append((packet.payload, self._clock.start_of(packet), packet.ticks))


def keep(session: models.Session, *sounds: Session) -> None:
    """Records sounds as successive audio workers would."""
    for sound in sounds:
        recorder = AudioRecorder(settings.SOUND_DIR)
        track = recorder.track(str(session.pk), _failed)
        for packet in sound.kept:
            track.put(*packet)
        track.close()
        recorder.start()
        recorder.close(60)


def _failed(is_kept: bool) -> None:
    raise AssertionError("The sound was not kept.")


def played(file: Path | str | IO[bytes]) -> Samples:
    """The decoded samples of a file, mono 16 kHz."""
    with av.open(str(file) if isinstance(file, Path) else file, "r") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return np.concatenate(frames)[::3].astype(np.float64)


def offsets_ms(heard: Samples, file: Samples) -> list[float]:
    """For each second with speech: how much later it is in the file than on the session's clock, in milliseconds."""
    found = []
    for start in range(_FAR, min(heard.size, file.size) - _WINDOW - _FAR, _WINDOW):
        part = heard[start : start + _WINDOW]
        if np.sqrt(np.mean(part**2)) < 0.01:
            continue
        around = file[start - _FAR : start + _WINDOW + _FAR]
        size = around.size + part.size
        product = np.fft.rfft(around, size) * np.conj(np.fft.rfft(part, size))
        match = np.fft.irfft(product, size)[: 2 * _FAR + 1]
        found.append((int(np.argmax(match)) - _FAR) / 16)
    return found
