"""One session's ear: keeps the sound, hears where utterances begin and end, and holds the session's clock."""

import numpy as np

from .endpointing import Endpointer, EndpointSettings
from .events import Event
from .ring import Ring, Samples
from .types import SAMPLE_RATE, SAMPLES_PER_MS
from .vad import WINDOW, VadModel

MAX_PUSH_SECONDS = 5
"""The most sound that one push takes. The ring has this much room to spare, so that the sound of every event that a
push returns can still be read after it."""

_RING_SECONDS = 30
_QUIETEST_POWER = 1e-6


class Listener:
    """Ring, voice detector and endpointer on one time line of 16 kHz samples.

    `start_sample` is the session's clock when this listener takes over: a session that moves to another worker goes on
    counting. The sound of an event can be read with `audio` until the next `push`.
    """

    def __init__(
        self, vad: VadModel, settings: EndpointSettings | None = None, *, start_sample: int = 0
    ) -> None:
        self._ring = Ring(_RING_SECONDS, margin_seconds=MAX_PUSH_SECONDS, start=start_sample)
        self._vad = vad.stream()
        self._endpointer = Endpointer(settings, start=start_sample)

    @property
    def clock_samples(self) -> int:
        """Samples since the session began, holes included."""
        return self._ring.end

    @property
    def clock_ms(self) -> int:
        """Whole milliseconds since the session began."""
        return self._ring.end // SAMPLES_PER_MS

    @property
    def open_utterance_start(self) -> int | None:
        """The first sample of the utterance that someone is speaking now, or None."""
        return self._endpointer.open_since

    @property
    def open_voice_start(self) -> int | None:
        """Where the voice of the open utterance begins, after the prefix, or None."""
        return self._endpointer.voice_since

    def adopt(self, settings: EndpointSettings) -> None:
        """Listens for utterances with other settings, from the next one on."""
        self._endpointer.adopt(settings)

    def expect(self, silence_ms: int) -> None:
        """Changes the silence that ends the open utterance, until speech resumes."""
        self._endpointer.expect(silence_ms)

    def border(self, since_sample: int, until_sample: int) -> list[Event]:
        """A word ends and the next one begins between these two; an utterance that is long enough is split there."""
        return self._endpointer.border(since_sample, until_sample)

    def push(self, samples: Samples) -> list[Event]:
        """Hears the next mono int16 samples, `MAX_PUSH_SECONDS` at most."""
        if samples.size > MAX_PUSH_SECONDS * SAMPLE_RATE:
            raise ValueError(f"A push takes {MAX_PUSH_SECONDS} seconds of sound at most.")
        start = self._ring.end - self._vad.pending
        self._ring.append(samples)
        probabilities = self._vad.push(samples)
        if not probabilities.size:
            return []
        windows = self._ring.read(start, start + probabilities.size * WINDOW).reshape(-1, WINDOW)
        levels = windows.astype(np.float64) / 32768.0
        power = np.vecdot(levels, levels) / WINDOW
        events: list[Event] = []
        for probability, loudness in zip(probabilities, 10 * np.log10(power + _QUIETEST_POWER), strict=True):
            events += self._endpointer.push(WINDOW, float(probability), float(loudness))
        return events

    def skip(self, samples: int) -> list[Event]:
        """Moves the clock over time of which no sound came; closes the open utterance and starts to listen afresh.

        For a hole too short to hold a word push silence instead: then the utterance goes on.
        """
        if not samples:
            return []
        at = self._ring.end
        self._ring.skip(samples)
        self._vad.reset()
        return self._endpointer.gap(at, at + samples)

    def flush(self) -> list[Event]:
        """Closes the open utterance with what was heard so far: nothing more is said, or not for a while."""
        return self._endpointer.flush(self._ring.end)

    def audio(self, start_sample: int, end_sample: int) -> Samples:
        """A copy of the sound from `start_sample` up to `end_sample`; holes are silent. Raises RingError."""
        return self._ring.read(start_sample, end_sample)
