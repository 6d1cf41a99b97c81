"""One session's ear: keeps the sound, scores how likely it is speech, and holds the session's clock."""

from dataclasses import dataclass

from .ring import Ring, Samples
from .types import SAMPLE_RATE, SAMPLES_PER_MS
from .vad import WINDOW, VadModel

MAX_PUSH_SECONDS = 5
"""The most sound that one push takes."""

_RING_SECONDS = 120
"""What waits longer for its decode than that must be looked for in the sound that is kept."""


@dataclass(frozen=True, slots=True)
class Scored:
    """How likely it is, 0 to 1, that somebody speaks from `start_ms` up to `end_ms` of the session."""

    start_ms: int
    end_ms: int
    probability: float


class Listener:
    """Ring and voice detector on one time line of 16 kHz samples.

    `start_sample` is the session's clock when this listener takes over: a session that moves to another worker goes on
    counting.
    """

    def __init__(self, vad: VadModel, *, start_sample: int = 0) -> None:
        self._ring = Ring(_RING_SECONDS, margin_seconds=MAX_PUSH_SECONDS, start=start_sample)
        self._vad = vad.stream()

    @property
    def clock_ms(self) -> int:
        """Whole milliseconds since the session began, holes included."""
        return self._ring.end // SAMPLES_PER_MS

    def push(self, samples: Samples) -> list[Scored]:
        """Hears the next mono int16 samples, `MAX_PUSH_SECONDS` at most."""
        if samples.size > MAX_PUSH_SECONDS * SAMPLE_RATE:
            raise ValueError(f"A push takes {MAX_PUSH_SECONDS} seconds of sound at most.")
        start = self._ring.end - self._vad.pending
        self._ring.append(samples)
        return [
            Scored(
                (start + number * WINDOW) // SAMPLES_PER_MS,
                (start + (number + 1) * WINDOW) // SAMPLES_PER_MS,
                float(probability),
            )
            for number, probability in enumerate(self._vad.push(samples))
        ]

    def skip(self, samples: int) -> None:
        """Moves the clock over time of which no sound came, and listens afresh.

        For a hole too short to hold a word push silence instead: then the sentence goes on.
        """
        if samples:
            self._ring.skip(samples)
            self._vad.reset()

    def audio(self, start_ms: int, end_ms: int) -> Samples:
        """A copy of the sound from `start_ms` up to `end_ms`; holes are silent. Raises RingError."""
        start = max(start_ms * SAMPLES_PER_MS, min(self._ring.start, (start_ms + 1) * SAMPLES_PER_MS - 1))
        return self._ring.read(start, end_ms * SAMPLES_PER_MS)
