"""Decodes windows in batches, and decodes the voice again in which no word was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

from ...speech.alignment import normalised
from ...speech.coverage import fitted, uncovered
from ...speech.filter import DEFAULTS, accept_final
from ...speech.types import SAMPLES_PER_MS, Hypothesis, TimeRange, Word, certainty
from ..engine.base import Engine, ParallelEngine, Request, Task
from .windows import Window

# How a range of voice without words is decoded again, in this order, until it has words.
_WAYS = (Task("final", silence_ms=2_000), Task("final", no_repeat=3, temperature=0.4))
# A range with less voice is mostly a filler, which models leave out, so it is decoded again only once.
_WORTH_MORE_MS = 1_200
# Known words decoded again around such a range, so that no word is cut. More would repeat the decode of the window.
_AROUND_MS = 2_500
_WORDS_AROUND = 4
# A decode that leaves out so much voice has lost its thread, and the times of the words beside it may be wrong, too.
_LOST_MS = 4_000
# A range that is nearly all of its window is divided, because the same sound would give the same result.
_NEARLY_ALL = 0.7
_LEAST_PARTED_MS = 4_000
# A word that begins a moment before the range belongs to it.
_SLACK_MS = 100
_EDGE_MS = 100
_LEAST_PROBABILITY = 0.4


OnDecoded = Callable[[Hypothesis], None]


@dataclass(frozen=True, slots=True)
class WindowText:
    """The words of a window, on the recording's clock, and the code of their language."""

    words: tuple[Word, ...]
    language: str


class Hearing:
    """Decodes windows with one engine, `batch` at a time; above 1 the engine must be a ParallelEngine.

    `prompt` is the text before the first window. With `translate` the text is English, whatever is spoken. `on_decoded`
    is called with all that the engine answers.
    """

    def __init__(
        self,
        engine: Engine,
        hotwords: tuple[str, ...],
        batch: int,
        *,
        prompt: str = "",
        translate: bool = False,
        on_decoded: OnDecoded = lambda hypothesis: None,
    ) -> None:
        self._engine = engine
        self._on_decoded = on_decoded
        self._hotwords = hotwords
        self._batch = batch
        self._prompt = prompt
        self._translate = translate

    def hear(
        self,
        windows: Sequence[Window],
        languages: Sequence[str],
        done: Callable[[int], None] = lambda count: None,
    ) -> list[WindowText]:
        """The words of each window. An empty language is detected; `done` is called with the windows decoded so far.

        Raises EngineError.
        """
        found: list[WindowText] = []
        for start in range(0, len(windows), self._batch):
            some = windows[start : start + self._batch]
            tasks = [Task("final", language) for language in languages[start : start + self._batch]]
            tasks[0], self._prompt = replace(tasks[0], prompt=self._prompt), ""
            hypothesis = self._decoded(some, tasks)
            found += [self._words_of(window, each) for window, each in zip(some, hypothesis, strict=True)]
            done(len(found))
        return found

    def _words_of(self, window: Window, hypothesis: Hypothesis) -> WindowText:
        words = _words(window, hypothesis)
        if self._translate:
            # A translation need not follow the voice word by word, so none is missing where there is none.
            return WindowText(words, "en")
        if not words and hypothesis.no_speech_probability > DEFAULTS.no_speech_probability:
            return WindowText((), hypothesis.language)
        if words and _left_out_ms(window, words) >= _LOST_MS:
            in_halves = self._in_halves(window, hypothesis.language)
            words = min(words, in_halves, key=lambda found: _left_out_ms(window, found))
        for number, way in enumerate(_WAYS):
            for uncovered_range in uncovered(window.voice, words):
                if number and window.voiced_between_ms(uncovered_range) < _WORTH_MORE_MS:
                    continue
                words = self._retried_words(
                    window, uncovered_range, words, replace(way, language=hypothesis.language)
                )
        return WindowText(words, hypothesis.language)

    def _in_halves(self, window: Window, language: str) -> tuple[Word, ...]:
        """The words of a window that is decoded again in two; none if it cannot be divided."""
        halves = _halves(window)
        if len(halves) == 1:
            return ()
        hypotheses = self._decoded(halves, [Task("final", language)] * len(halves))
        return tuple(
            word
            for half, each in zip(halves, hypotheses, strict=True)
            for word in self._words_of(half, each).words
        )

    def _retried_words(
        self, window: Window, time_range: TimeRange, words: tuple[Word, ...], task: Task
    ) -> tuple[Word, ...]:
        """The words, with those found in a range when it is decoded again with little sound around it."""
        before = [word for word in words if word.end_ms <= time_range.start_ms + _SLACK_MS]
        after = [word for word in words if word.start_ms >= time_range.end_ms - _SLACK_MS]
        between = words[len(before) : len(words) - len(after)]
        if between:
            # A word reaches over the range, whose missing words are within the time of that one.
            before, after = [*before, *between[:1]], [*between[1:], *after]
        near_before = [w for w in before[-_WORDS_AROUND:] if w.start_ms >= time_range.start_ms - _AROUND_MS]
        near_after = [w for w in after[:_WORDS_AROUND] if w.end_ms <= time_range.end_ms + _AROUND_MS]
        part = window.between(
            min((near_before[0] if near_before else time_range).start_ms, time_range.start_ms) - _EDGE_MS,
            max((near_after[-1] if near_after else time_range).end_ms, time_range.end_ms) + _EDGE_MS,
        )
        parts = [part]
        if part.voiced_ms > _NEARLY_ALL * window.voiced_ms and part.voiced_ms > _LEAST_PARTED_MS:
            parts = _halves(part)
        again: list[Word] = []
        for each, hypothesis in zip(parts, self._decoded(parts, [task] * len(parts)), strict=True):
            again += _words(each, hypothesis)
        found = _new(again, near_before, near_after, time_range)
        return (*before, *found, *after)

    def _decoded(self, windows: Sequence[Window], tasks: Sequence[Task]) -> list[Hypothesis]:
        requests = [
            Request(window.audio, replace(task, hotwords=self._hotwords, translate=self._translate))
            for window, task in zip(windows, tasks, strict=True)
        ]
        if len(requests) == 1 or self._batch == 1:
            found = [self._engine.decode(each.audio, each.task) for each in requests]
        else:
            found = cast(ParallelEngine, self._engine).decode_together(requests)
        for hypothesis in found:
            self._on_decoded(hypothesis)
        return found


def _words(window: Window, hypothesis: Hypothesis) -> tuple[Word, ...]:
    """The words that are not invented, on the recording's clock, none longer than its voice."""
    accepted = accept_final(hypothesis, TimeRange(0, window.audio.size // SAMPLES_PER_MS))
    if accepted is None or (
        hypothesis.compression_ratio > DEFAULTS.compression_ratio and len(hypothesis.words) > 8
    ):
        return ()
    return fitted(window.on_clock(accepted.words), window.voice)


def _left_out_ms(window: Window, words: Sequence[Word]) -> int:
    """The voice in all ranges without words."""
    return sum(window.voiced_between_ms(each) for each in uncovered(window.voice, words))


def _halves(window: Window) -> list[Window]:
    """The window in two, cut in the longest pause near its middle; undivided if there is none."""
    length_ms = window.end_ms - window.start_ms
    pauses = [
        (one.end_ms, other.start_ms)
        for one, other in zip(window.voice, window.voice[1:], strict=False)
        if length_ms // 4 < one.end_ms - window.start_ms < length_ms * 3 // 4
    ]
    if not pauses:
        return [window]
    start_ms, end_ms = max(pauses, key=lambda pause: pause[1] - pause[0])
    middle = (start_ms + end_ms) // 2
    return [window.between(window.start_ms, middle), window.between(middle, window.end_ms)]


def _new(
    again: Sequence[Word], before: Sequence[Word], after: Sequence[Word], time_range: TimeRange
) -> Sequence[Word]:
    """The words of `again` within the range and between the known words around it; none if they are improbable.

    If `again` does not have the known words, time alone decides.
    """
    texts = [normalised(word.text) for word in again]
    start = _end_of(texts, [normalised(word.text) for word in before])
    rest, known = texts[start:][::-1], [normalised(word.text) for word in after][::-1]
    end = len(texts) - _end_of(rest, known)
    found = [
        word
        for word in again[start:end]
        if time_range.start_ms - _SLACK_MS
        <= (word.start_ms + word.end_ms) // 2
        <= time_range.end_ms + _SLACK_MS
    ]
    return found if certainty(found) >= _LEAST_PROBABILITY else []


def _end_of(texts: Sequence[str], known: Sequence[str]) -> int:
    """The index after the longest end of `known` that occurs in the texts; 0 if none does."""
    for least in range(len(known)):
        tail = list(known[least:])
        for start in range(len(texts) - len(tail) + 1):
            if list(texts[start : start + len(tail)]) == tail:
                return start + len(tail)
    return 0
