"""A dictation in virtual time: spoken words, an engine that recognises them, and a page that shows the text."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, pairwise

from captions.speech.endpointing import EndpointSettings
from captions.speech.listener import Scored
from captions.speech.live_events import Output, Partial, Request, Row, Undecoded
from captions.speech.live_settings import LiveSettings
from captions.speech.live_text import LiveText
from captions.speech.types import Hypothesis, TimeRange, Word, join

STEP_MS = 32
"""The length of a window of the voice activity detection."""

Engine = Callable[[Request], Hypothesis | None]
"""Decodes a request; times in the hypothesis count from the start of its window, and None is a failure."""


def said(words: Sequence[Word], **figures: float) -> Hypothesis:
    return replace(Hypothesis(tuple(words), "en", 0.9, 0.0, -0.1, 1.0), **figures)  # type: ignore[arg-type]


def bare(text: str) -> list[str]:
    """The words without punctuation and capital letters."""
    return [word.rstrip(".,?!").casefold() for word in text.split()]


class Speech:
    """Words in session time, each a whole number of steps long."""

    def __init__(self) -> None:
        self.words: list[Word] = []
        self.end_ms = 0

    def say(self, text: str, *, each: int = 10, gap: int = 0) -> "Speech":
        """Adds words; each takes `each` steps and is followed by `gap` steps of silence."""
        for word in text.split():
            self.words.append(Word(self.end_ms, self.end_ms + each * STEP_MS, f" {word}", 0.95))
            self.end_ms += (each + gap) * STEP_MS
        return self

    def pause(self, steps: int) -> "Speech":
        self.end_ms += steps * STEP_MS
        return self

    @property
    def text(self) -> str:
        return join(self.words)

    def voiced(self, at_ms: int) -> bool:
        return any(word.start_ms <= at_ms < word.end_ms for word in self.words)

    def cut_at(self, at_ms: int) -> bool:
        """Whether `at_ms` is within a word."""
        return any(word.start_ms < at_ms < word.end_ms for word in self.words)

    def within(self, start_ms: int, end_ms: int) -> list[Word]:
        """The words of which the greater part lies in the time range."""
        return [each for each in self.words if start_ms <= (each.start_ms + each.end_ms) // 2 < end_ms]

    def hear(self, request: Request) -> Hypothesis:
        """All words in the window of the request, beginning with its prefix, as a perfect model would return them."""
        words = self.within(request.start_ms, request.end_ms)
        prefix = bare(request.prefix)
        heard = bare(join(words))[: len(prefix)]
        assert heard == prefix, f"{heard} is not {prefix}"
        return said([word.shifted(-request.start_ms) for word in words])


@dataclass
class Page:
    """The page as a reader sees it; asserts that no stable word is ever rewritten or lost."""

    stable: dict[uuid.UUID, str] = field(default_factory=dict)
    tentative: str = ""
    rows: list[Row] = field(default_factory=list)
    unheard: list[TimeRange] = field(default_factory=list)
    partials: list[Partial] = field(default_factory=list)
    _moved: str = ""
    asked_again: bool = False
    """Whether words that a model left out may appear later, as a row of their own before finished ones."""

    def follow(self, outputs: list[Output]) -> None:
        self._moved = ""
        for output in outputs:
            match output:
                case Partial():
                    self._show(output)
                case Row():
                    self._close(output)
                case Undecoded():
                    assert output.range.length_ms > 0
                    self.unheard.append(output.range)
        assert not bare(self._moved), f"{self._moved!r} is gone"

    def _show(self, partial: Partial) -> None:
        before = self.stable.get(partial.key, "")
        if not before and bare(self._moved)[: len(bare(partial.stable))] == bare(partial.stable):
            # The utterance was divided into several.
            self._moved = " ".join(bare(self._moved)[len(bare(partial.stable)) :])
        elif bare(before)[: len(bare(partial.stable))] == bare(partial.stable):
            self._moved = " ".join(bare(before)[len(bare(partial.stable)) :])
        elif not partial.stable.startswith(before):
            # Words that a model had left out are inserted where they were spoken.
            after = iter(bare(partial.stable))
            assert all(word in after for word in bare(before)), f"{before!r} became {partial.stable!r}"
        assert partial.key not in {row.key for row in self.rows}
        self.partials.append(partial)
        self.stable[partial.key] = partial.stable
        self.tentative = partial.tentative

    def _close(self, row: Row) -> None:
        assert row.key not in {each.key for each in self.rows}
        text = join(row.words)
        assert bare(text) == bare(self.stable[row.key]), "what is saved was read"
        assert all(a.start_ms <= b.start_ms for a, b in pairwise(row.words))
        if self.rows and not self.asked_again:
            before = self.rows[-1]
            assert before.words[-1].start_ms <= row.words[0].start_ms
            assert before.settled_ms <= row.settled_ms
        self.rows.append(row)

    @property
    def texts(self) -> list[str]:
        return [join(row.words) for row in self.rows]

    @property
    def text(self) -> str:
        """All saved and stable text."""
        done = {row.key for row in self.rows}
        return " ".join(
            [*self.texts, *(text for key, text in self.stable.items() if key not in done and text)]
        )


class Dictation:
    """A session with one decode at a time, which is answered after `latency()` milliseconds."""

    def __init__(
        self,
        speech: Speech | None = None,
        *,
        engine: Engine | None = None,
        latency: Callable[[], int] = lambda: 0,
        endpoints: EndpointSettings | None = None,
        settings: LiveSettings | None = None,
        detects: bool = False,
    ) -> None:
        self.speech = speech or Speech()
        self.engine: Engine = engine or self.speech.hear
        self.latency = latency
        self.settings = settings or LiveSettings()
        numbers = count(1)
        self.live = LiveText(
            endpoints, settings, detects=detects, new_key=lambda: uuid.UUID(int=next(numbers))
        )
        self.page = Page()
        self.clock_ms = 0
        self.requests: list[Request] = []
        self._due: tuple[int, Request] | None = None
        self._settled: list[tuple[int, int]] = []

    def run(self, until_ms: int | None = None) -> "Dictation":
        """Lets the sound continue until `until_ms`, or until the end of the speech."""
        until_ms = self.speech.end_ms if until_ms is None else until_ms
        while self.clock_ms < until_ms:
            start_ms, self.clock_ms = self.clock_ms, self.clock_ms + STEP_MS
            probability = 0.9 if self.speech.voiced(start_ms) else 0.05
            self._follow(self.live.hear(Scored(start_ms, self.clock_ms, probability)))
            self.work()
        return self

    def work(self) -> None:
        """Answers a decode that is due and requests the next one, once."""
        if self._due is not None and self._due[0] <= self.clock_ms:
            (_, request), self._due = self._due, None
            heard = self.engine(request)
            self.page.asked_again |= request.again is not None
            self._follow(self.live.failed(request) if heard is None else self.live.take(request, heard))
        if self._due is None and (asked := self.live.request()) is not None:
            assert asked.start_ms < asked.end_ms <= self.clock_ms
            assert asked.end_ms - asked.start_ms <= self.settings.hard_ms + STEP_MS
            assert 0 <= asked.voice_ms <= asked.new_ms <= asked.end_ms - asked.start_ms
            self.requests.append(asked)
            self._due = (self.clock_ms + self.latency(), asked)

    def skip(self, milliseconds: int) -> None:
        self.clock_ms += milliseconds
        self._follow(self.live.skip(self.clock_ms))
        self.work()

    def flush(self) -> None:
        self._follow(self.live.flush())
        self.work()

    def drain(self) -> "Dictation":
        """Closes open utterances and, without further sound, waits until all decodes are answered."""
        self.flush()
        for _ in range(2_000):
            if not self.live.waits:
                break
            self.clock_ms += 100
            self.work()
        assert not self.live.waits, "it never comes to an end"
        self._check_settled()
        return self

    @property
    def texts(self) -> list[str]:
        return self.page.texts

    def _follow(self, outputs: list[Output]) -> None:
        self.page.follow(outputs)
        self._settled.append((self.live.settled_ms, len(self.page.rows)))

    def _check_settled(self) -> None:
        """Asserts that all speech up to the settled time is in closed rows or turned out not to be speech."""
        if self.page.asked_again:
            return
        starts = [row.words[0].start_ms for row in self.page.rows]
        for settled_ms, rows in self._settled:
            assert all(start >= settled_ms for start in starts[rows:])
