"""Encodes decoded sound as Opus: as an Ogg file that people can play, or packet by packet."""

from collections import deque
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame

from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE
from .ogg import OggOpusFile
from .silence import TICK_RATE

# Enough for speech at 16 kHz, for each channel.
_BIT_RATE = 32_000
_TICKS_A_SAMPLE = TICK_RATE // SAMPLE_RATE
_FRAME = SAMPLE_RATE // 50
_FRAME_TICKS = _FRAME * _TICKS_A_SAMPLE


class OpusWriter:
    """A new Ogg Opus file of mono 16 kHz samples; holes become silence, unencoded. Methods raise OSError."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._file = OggOpusFile(path)
        self._waiting = np.zeros(0, np.int16)
        self._at = 0
        self._encoder = _encoder()
        self._begun = 0

    def write(self, piece: Samples | int) -> None:
        """Takes the next samples, int16 of shape (n,), or the number of samples that are missing."""
        if isinstance(piece, int):
            self._flush()
            self._at += piece
            self._begun = self._at
            self._encoder = _encoder()
            return
        sound = np.concatenate([self._waiting, piece])
        whole = sound.size // _FRAME * _FRAME
        for start in range(0, whole, _FRAME):
            self._encode(sound[start : start + _FRAME])
        self._waiting = sound[whole:].copy()

    def close(self) -> None:
        try:
            self._flush()
        finally:
            self._file.close()

    def _flush(self) -> None:
        """Writes an incomplete frame padded with silence, and the packets that the encoder has delayed."""
        rest = self._waiting
        if rest.size:
            self._encode(np.pad(rest, (0, _FRAME - rest.size)))
            self._at += rest.size - _FRAME
            self._waiting = np.zeros(0, np.int16)
        self._mux(None)

    def _encode(self, samples: Samples) -> None:
        self._at += _FRAME
        self._mux(_frame(samples))

    def _mux(self, frame: AudioFrame | None) -> None:
        for packet in self._encoder.encode(frame):
            at = self._begun * _TICKS_A_SAMPLE
            self._file.write(bytes(packet), at, _FRAME_TICKS)
            self._begun += _FRAME


class OpusPair:
    """Encodes two sources of 16 kHz samples as two channels of one stream, in packets of 20 ms with their places."""

    def __init__(self) -> None:
        self._encoder = _encoder(2)
        # Where the packets begin that are still to come.
        self._places: deque[int] = deque()

    def push(self, pair: Samples, place: int) -> list[tuple[bytes, int]]:
        """Takes 20 ms of both, int16 of shape (2, 320), that begin at `place`; returns packets with their places."""
        self._places.append(place)
        return self._packets(_frame(pair, "stereo"))

    def flush(self) -> list[tuple[bytes, int]]:
        """Returns the packets that were held back; more may follow."""
        found = self._packets(None) if self._places else []
        self._encoder = _encoder(2)
        self._places.clear()
        return found

    def _packets(self, frame: AudioFrame | None) -> list[tuple[bytes, int]]:
        packets = self._encoder.encode(frame)
        return [(bytes(packet), self._places.popleft()) for packet in packets if self._places]


class OpusStream:
    """Encodes mono 16 kHz samples as they come, in packets of 20 ms."""

    def __init__(self) -> None:
        self._encoder = _encoder()
        self._waiting = np.zeros(0, np.int16)

    def push(self, samples: Samples) -> list[tuple[bytes, int]]:
        """Takes the next samples, int16 of shape (n,); returns the packets that are complete.

        A packet is its payload and its length in 1/48000 s; the first begins with the first sample.
        """
        sound = np.concatenate([self._waiting, samples])
        whole = sound.size // _FRAME * _FRAME
        self._waiting = sound[whole:].copy()
        return [
            (bytes(packet), _FRAME_TICKS)
            for start in range(0, whole, _FRAME)
            for packet in self._encoder.encode(_frame(sound[start : start + _FRAME]))
        ]


def _frame(samples: Samples, layout: str = "mono") -> AudioFrame:
    # The samples of two channels alternate.
    frame = AudioFrame.from_ndarray(samples.T.reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate = SAMPLE_RATE
    frame.pts = None
    return frame


def _encoder(channels: int = 1) -> av.AudioCodecContext:
    encoder = av.CodecContext.create("libopus", "w")
    assert isinstance(encoder, av.AudioCodecContext)
    encoder.sample_rate = SAMPLE_RATE
    encoder.layout = "mono" if channels == 1 else "stereo"
    encoder.format = "s16"
    encoder.bit_rate = _BIT_RATE * channels
    encoder.options = {"application": "voip", "compression_level": "5", "frame_duration": "20"}
    return encoder
