"""Where utterances begin and end. It decides only; how likely speech is comes from `vad.py`."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from .events import EndReason, Event, SilenceBegan, SpeechEnded, SpeechResumed, SpeechStarted
from .types import SAMPLES_PER_MS


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """When an utterance opens, when it closes, and how much around the voice belongs to it.

    It opens after `min_speech_ms` of windows at or above `threshold`, and then begins `prefix_ms` before the first of
    them. It closes after `silence_ms` below `threshold - hysteresis`, and keeps `tail_ms` of that: a model takes sound
    that stops abruptly for the middle of a sentence, but what is left may hold the soft onset of the next one. Past
    `soft_ms` a pause of `soft_silence_ms` is enough, and so is a border of words that is quieter than the speech around
    it by `border_dip_db`, less as the utterance gets longer; before it would get longer than `hard_ms` it is cut at the
    likeliest pause in its last `search_ms`.
    """

    threshold: float = 0.5
    hysteresis: float = 0.15
    min_speech_ms: int = 96
    prefix_ms: int = 300
    silence_ms: int = 500
    longest_silence_ms: int = 3_000
    tail_ms: int = 400
    silence_began_ms: int = 200
    soft_ms: int = 15_000
    soft_silence_ms: int = 160
    border_dip_db: float = 20.0
    hard_ms: int = 28_000
    search_ms: int = 4_000


@dataclass(frozen=True, slots=True)
class _Window:
    start: int
    end: int
    probability: float
    loudness_db: float

    @property
    def middle(self) -> int:
        return (self.start + self.end) // 2


class Endpointer:
    """Turns successive speech probabilities into events. `start` is the session's clock at the first one."""

    def __init__(self, settings: EndpointSettings | None = None, *, start: int = 0) -> None:
        self._settings = settings or EndpointSettings()
        self._history: deque[_Window] = deque()
        self._position = start
        self._rest(floor=start)

    def _apply(self, settings: EndpointSettings) -> None:
        self._threshold = settings.threshold
        # A low threshold leaves no room for the whole of it: silence must still be able to get below.
        self._negative = max(settings.threshold - settings.hysteresis, settings.threshold / 2)
        self._min_speech = settings.min_speech_ms * SAMPLES_PER_MS
        self._prefix = settings.prefix_ms * SAMPLES_PER_MS
        self._silence = settings.silence_ms * SAMPLES_PER_MS
        self._longest_silence = max(settings.longest_silence_ms, settings.silence_ms) * SAMPLES_PER_MS
        self._tail = settings.tail_ms * SAMPLES_PER_MS
        self._silence_began = settings.silence_began_ms * SAMPLES_PER_MS
        self._soft = settings.soft_ms * SAMPLES_PER_MS
        self._soft_silence = settings.soft_silence_ms * SAMPLES_PER_MS
        self._border_dip_db = settings.border_dip_db
        self._hard = settings.hard_ms * SAMPLES_PER_MS
        self._search = settings.search_ms * SAMPLES_PER_MS

    def adopt(self, settings: EndpointSettings) -> None:
        """Takes other settings, from the next utterance on."""
        self._settings = settings
        if self._start is None:
            self._apply(settings)
            self._silence_now = self._silence

    @property
    def open_since(self) -> int | None:
        """Where the open utterance begins, or None."""
        return self._start

    @property
    def voice_since(self) -> int | None:
        """Where the first voiced window of the open utterance begins, or None."""
        return None if self._start is None else self._onset

    def expect(self, silence_ms: int) -> None:
        """Changes the silence that ends the open utterance, until speech resumes; `longest_silence_ms` at most."""
        self._silence_now = min(silence_ms * SAMPLES_PER_MS, self._longest_silence)

    def push(self, samples: int, probability: float, loudness_db: float = 0.0) -> list[Event]:
        """Takes the probability of speech, 0 to 1, in the next `samples` of the session.

        `loudness_db`, relative to full scale, only helps to tell a pause from a word where speech must be cut.
        """
        window = _Window(self._position, self._position + samples, probability, loudness_db)
        self._position = window.end
        self._history.append(window)
        while self._history[0].end < window.end - self._search:
            self._history.popleft()
        return self._step(window)

    def border(self, since: int, until: int) -> list[Event]:
        """A word ends and the next begins between these two: where the open utterance may be split if it is long."""
        if self._start is None or self._silent_since is not None:
            return []
        beyond = self._position - self._start - self._soft
        if beyond < 0:
            return []
        around = [window for window in self._history if window.end > since and window.start < until]
        if not around:
            return []
        at = self._likeliest_pause(around[0].start, around[-1].end)
        quiet = min(window.loudness_db for window in around if window.start <= at < window.end)
        loud = median(window.loudness_db for window in self._history)
        # Nothing is asked for any more where the search for the likeliest pause of all begins.
        left = 1 - beyond / max(self._hard - self._search - self._soft, 1)
        return self._split(at, "soft") if loud - quiet >= self._border_dip_db * left else []

    def flush(self, at: int) -> list[Event]:
        """Closes the open utterance, if there is one, because nothing more is said; the clock stands at `at`."""
        return self._close(self._trimmed(at), "flush")

    def gap(self, at: int, until: int) -> list[Event]:
        """Closes the open utterance because nothing is known of the time from `at` up to `until`."""
        events = self._close(self._trimmed(at), "gap")
        self._history.clear()
        self._position = until
        self._rest(floor=until)
        return events

    def _rest(self, *, floor: int, continues: bool = False) -> None:
        """Back to waiting for speech; the next utterance begins at `floor` at the earliest.

        When it `continues` one that was split, speech at once belongs to it however short, and so does every sample
        since the split.
        """
        self._apply(self._settings)
        self._floor = floor
        self._continues = continues
        self._start: int | None = None
        self._onset: int | None = None
        self._voiced = 0
        self._voice_end = floor
        self._silent_since: int | None = None
        self._silence_now = self._silence
        self._silence_told = False

    def _step(self, window: _Window) -> list[Event]:
        voiced = window.probability >= self._threshold
        told = self._silence_told
        if voiced:
            self._silent_since = None
            self._silence_now = self._silence
            self._silence_told = False
        elif window.probability < self._negative and self._silent_since is None:
            self._silent_since = window.start
        if self._start is None:
            return self._wait(window, voiced)
        if self._silent_since is None:
            self._voice_end = window.end
        if told and voiced:
            return [SpeechResumed(window.start), *self._listen(window)]
        return self._listen(window)

    def _wait(self, window: _Window, voiced: bool) -> list[Event]:
        """No utterance is open: does one open?"""
        if voiced or (self._continues and self._silent_since is None):
            self._onset = window.start if self._onset is None else self._onset
            self._voiced += window.end - window.start
            self._voice_end = window.end
        elif self._silent_for(window) >= self._silence_began:
            self._onset = None
            self._voiced = 0
        if self._continues and self._onset is None and window.end - self._floor >= self._silence:
            self._continues = False
        if self._onset is None or (self._voiced < self._min_speech and not self._continues):
            return []
        self._start = self._floor if self._continues else max(self._floor, self._onset - self._prefix)
        return [SpeechStarted(self._start)]

    def _listen(self, window: _Window) -> list[Event]:
        """An utterance is open: does it end?"""
        assert self._start is not None
        silence = self._silent_for(window)
        length = window.end - self._start
        if silence >= self._silence_now:
            return self._close(self._trimmed(window.end), "silence")
        if length >= self._soft and silence >= self._soft_silence:
            return self._split(self._likeliest_pause(window.end - silence), "soft")
        if length + window.end - window.start > self._hard:
            return self._split(self._likeliest_pause(self._start + length // 2), "hard")
        if silence >= self._silence_began and not self._silence_told:
            self._silence_told = True
            at = window.end - silence
            return [SilenceBegan(at, at + min(self._tail, self._silence))]
        return []

    def _silent_for(self, window: _Window) -> int:
        return 0 if self._silent_since is None else window.end - self._silent_since

    def _trimmed(self, end: int) -> int:
        return end if self._silent_since is None else min(end, self._silent_since + self._tail)

    def _likeliest_pause(self, since: int, until: int | None = None) -> int:
        """The middle of the window from `since` up to `until` that is most like a pause."""
        windows = list(self._history)
        until = self._position if until is None else until

        def likeness(index: int) -> float:
            # The detector answers a moment late and dips for two or three windows: their mean finds the neighbourhood.
            # Loudness finds the place in it: on continuous speech that spares a third of the words cut otherwise.
            around = windows[max(index - 1, 0) : index + 2]
            unlikely = sum(window.probability for window in around) / len(around)
            return unlikely + windows[index].loudness_db / 20

        # The last one serves where the history is too short to have any.
        places: Iterable[int] = [
            i for i, window in enumerate(windows) if window.start >= since and window.end <= until
        ] or [-1]
        return windows[min(places, key=likeness)].middle

    def _split(self, at: int, reason: EndReason) -> list[Event]:
        """Closes the utterance at a place that is past already: what was heard since belongs to the next one."""
        later = [window for window in self._history if window.start >= at]
        in_pause = self._silent_since is not None and self._silent_since <= at
        events = self._close(at, reason)
        self._continues = True
        self._silent_since = at if in_pause else None
        for window in later:
            events += self._step(window)
        return events

    def _close(self, end: int, reason: EndReason) -> list[Event]:
        if self._start is None or self._onset is None:
            return []
        voice_end = min(self._voice_end, end)
        event = SpeechEnded(self._start, end, reason, min(self._onset, voice_end), voice_end)
        self._rest(floor=end)
        return [event]
