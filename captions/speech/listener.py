"""Takes the sound of one session: keeps its last minutes, detects voice in it and counts the session's clock."""

from contextlib import suppress
from dataclasses import dataclass

from .ring import Ring, RingError, Samples
from .types import SAMPLE_RATE, SAMPLES_PER_MS
from .vad import WINDOW, VadModel

MAX_PUSH_SECONDS = 5
"""The most sound that one push takes."""

_RING_SECONDS = 120
"""Sound that waits longer for its decode is gone from memory and must be recovered from the recording."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The probability of speech, 0 to 1, from `start_ms` up to `end_ms` of the session."""

    start_ms: int
    end_ms: int
    probability: float


class Listener:
    """A ring and a voice detector on one clock of 16 kHz samples.

    `start_sample` is the session's clock at the first sample: after a move to another worker the clock goes on.
    """

    def __init__(self, vad: VadModel, *, start_sample: int = 0) -> None:
        self._ring = Ring(_RING_SECONDS, margin_seconds=MAX_PUSH_SECONDS, start=start_sample)
        self._vad = vad.stream()

    @property
    def clock_ms(self) -> int:
        """Whole milliseconds since the session began, skipped time included."""
        return self._ring.end // SAMPLES_PER_MS

    @property
    def clock_samples(self) -> int:
        """The same in samples."""
        return self._ring.end

    def push(self, samples: Samples) -> list[Scored]:
        """Takes the next samples, mono int16 at 16 kHz, shape (n,); returns one score for every 32 ms completed.

        Raises ValueError for more than `MAX_PUSH_SECONDS`.
        """
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
        """Moves the clock over lost sound, and resets the voice detector.

        If too little is lost to hold a word, push silence instead: then the sentence goes on.
        """
        if samples:
            self._ring.skip(samples)
            self._vad.reset()

    def rewrite(self, start: int, samples: Samples) -> None:
        """Replaces sound from the sample `start` on, for decodes that are still to come; voice is detected in what was
        pushed. What is no longer in memory, or was lost, stays as it is.
        """
        with suppress(RingError):
            self._ring.rewrite(start, samples)

    def audio(self, start_ms: int, end_ms: int) -> Samples:
        """A copy of the sound from `start_ms` up to `end_ms`, mono int16 at 16 kHz; lost sound is silence.

        Raises RingError if that is not in memory.
        """
        start = max(start_ms * SAMPLES_PER_MS, min(self._ring.start, (start_ms + 1) * SAMPLES_PER_MS - 1))
        return self._ring.read(start, end_ms * SAMPLES_PER_MS)
