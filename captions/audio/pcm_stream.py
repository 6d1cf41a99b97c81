"""Turns sound as clients push it, raw and in pieces of any size, into mono 16 kHz samples."""

from typing import Literal

import av
import numpy as np
import numpy.typing as npt

from ..core.errors import WhisperStreamError
from ..speech.ring import Samples
from ..speech.types import SAMPLE_RATE

Encoding = Literal["s16", "s32", "f32", "mulaw", "alaw"]
"""Signed integers of 16 or 32 bits, or floating-point numbers in -1…1, all little-endian; or G.711 of 8 bits."""

LOWEST_RATE, HIGHEST_RATE = 8_000, 48_000
MOST_CHANNELS = 2
_LOUDEST = 32_767
BYTES: dict[Encoding, int] = {"s16": 2, "s32": 4, "f32": 4, "mulaw": 1, "alaw": 1}
"""Of one sample."""


class PcmFormatError(WhisperStreamError):
    """Sound in this format is not understood. The text says what is."""


def check_format(rate: int, channels: int) -> None:
    """Raises PcmFormatError for a rate outside LOWEST_RATE to HIGHEST_RATE, or more than MOST_CHANNELS."""
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise PcmFormatError(f"The sampling rate must be {LOWEST_RATE} to {HIGHEST_RATE} Hz, not {rate}.")
    if not 1 <= channels <= MOST_CHANNELS:
        raise PcmFormatError(f"Sound must have 1 to {MOST_CHANNELS} channels, not {channels}.")


class PcmStream:
    """Converts a stream of interleaved samples. A piece may end anywhere, even within a sample; channels are mixed."""

    def __init__(self, encoding: Encoding, rate: int, channels: int = 1) -> None:
        """Raises PcmFormatError; see `check_format`."""
        check_format(rate, channels)
        self._encoding = encoding
        self._rate = rate
        self._channels = channels
        self._size = BYTES[encoding] * channels
        self._rest = b""
        self._resampler = (
            None if rate == SAMPLE_RATE else av.AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE)
        )

    def push(self, piece: bytes) -> Samples:
        """Takes the next bytes; returns the samples that are complete, int16 of shape (n,)."""
        data = self._rest + piece
        whole = len(data) // self._size * self._size
        self._rest = data[whole:]
        return self._resampled(self._mixed(data[:whole]))

    def flush(self) -> Samples:
        """The last samples, which the conversion had held back. Nothing may follow."""
        return _joined(self._resampler.resample(None)) if self._resampler else np.zeros(0, np.int16)

    def _mixed(self, data: bytes) -> Samples:
        match self._encoding:
            case "s16":
                samples = np.frombuffer(data, "<i2").astype(np.int32)
            case "s32":
                samples = np.frombuffer(data, "<i4") >> 16
            case "f32":
                numbers = np.nan_to_num(np.frombuffer(data, "<f4"))
                samples = (numbers.clip(-1, 1) * _LOUDEST).round().astype(np.int32)
            case "mulaw":
                samples = _MULAW[np.frombuffer(data, np.uint8)]
            case "alaw":
                samples = _ALAW[np.frombuffer(data, np.uint8)]
        mixed: Samples = (samples.reshape(-1, self._channels).sum(axis=1) // self._channels).astype(np.int16)
        return mixed

    def _resampled(self, samples: Samples) -> Samples:
        if self._resampler is None or not samples.size:
            return samples
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = self._rate
        frame.pts = None
        return _joined(self._resampler.resample(frame))


def _joined(frames: list[av.AudioFrame]) -> Samples:
    pieces = [np.asarray(frame.to_ndarray(), np.int16).reshape(-1) for frame in frames if frame.samples]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def _mulaw() -> npt.NDArray[np.int32]:
    """The sample of each byte, by ITU-T G.711."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    size = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int32)


def _alaw() -> npt.NDArray[np.int32]:
    """The sample of each byte, by ITU-T G.711."""
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (code & 0x70) >> 4, (code & 0x0F) << 4
    size = np.where(exponent == 0, mantissa + 8, (mantissa + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int32)


_MULAW, _ALAW = _mulaw(), _alaw()
