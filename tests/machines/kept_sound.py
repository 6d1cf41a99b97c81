"""How much of what was said is in a recording, by the sound itself: no model has a part in it."""

import numpy as np
import numpy.typing as npt

from tests.speech_data import SAMPLE_RATE, Pcm

# Below 500 Hz is most of what makes one piece of speech unlike another, also after it was encoded. Of what is above,
# samples that begin a little later would have another view.
_RATE = 2_000
_STEP = SAMPLE_RATE // _RATE
_LOW = np.hanning(4 * _STEP + 2)[1:-1]
_PIECE = _RATE // 2
# How much later or earlier a piece may be than the first ones: a busy browser leaves a little out.
_DRIFT = 2 * _RATE
_ALIKE = 0.6
# Of full scale: quieter pieces are pauses.
_LEAST_LEVEL = 0.01

_Sound = npt.NDArray[np.float64]


def missing_seconds(said: Pcm, recording: Pcm) -> set[float]:
    """The moments of `said`, half seconds of speech long, that `recording` does not have about where they belong.

    Speech that is soft, or mostly hiss, may not be found although it is there: so it is in every recording.
    """
    speech, kept = _slow(said), _slow(recording)
    lag, missing = _first_lag(speech, kept), set()
    for start in range(0, speech.size - _PIECE + 1, _PIECE):
        piece = speech[start : start + _PIECE]
        is_speech = np.sqrt(np.mean(piece**2)) >= _LEAST_LEVEL
        if is_speech and not any(_is_near(part, kept, start + at + lag) for part, at in _parts(piece)):
            missing.add(start / _RATE)
    return missing


def _parts(piece: _Sound) -> list[tuple[_Sound, int]]:
    """The piece, and its halves: where something small is left out within it, one of them is as it was."""
    half = piece.size // 2
    return [(piece, 0), (piece[:half], 0), (piece[half:], half)]


def _is_near(piece: _Sound, kept: _Sound, expected: int) -> bool:
    first = max(0, expected - _DRIFT)
    near = kept[first : max(first, expected + piece.size + _DRIFT)]
    return near.size >= piece.size and bool(_likeness(piece, near).max() > _ALIKE)


def _first_lag(speech: _Sound, kept: _Sound) -> int:
    """How much later most of the beginning is in the recording."""
    beginning = speech[: 20 * _RATE]
    size = 1 << (kept.size + beginning.size).bit_length()
    product = np.fft.rfft(kept, size) * np.conj(np.fft.rfft(beginning, size))
    lag = int(np.argmax(np.fft.irfft(product, size)))
    return lag - size if lag > kept.size else lag


def _likeness(piece: _Sound, near: _Sound) -> _Sound:
    """The normalised correlation of a piece with each place of a longer sound."""
    squares = np.cumsum(np.concatenate([[0.0], near**2]))
    levels = np.sqrt((squares[piece.size :] - squares[: -piece.size]).clip(1e-9))
    found: _Sound = np.correlate(near, piece) / (levels * np.linalg.norm(piece))
    return found


def _slow(sound: Pcm) -> _Sound:
    low = np.convolve(sound / 32768, _LOW / _LOW.sum(), "same")
    slow: _Sound = low[::_STEP] - low.mean()
    return slow
