"""One dictation in which something goes wrong: what a fault has in its hands, and what is measured of it."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults import score
from tests.faults.listener import Listener
from tests.faults.product import Product
from tests.faults.speech import Speech

if TYPE_CHECKING:
    from captions.benchmarks.corpus import TimedWord
    from tests.faults.link import Link
    from tests.faults.tls import Front

# Undisturbed speech before the fault; text that is live again is waited for so long, and heard on for a while.
BEFORE_SECONDS = 12
_LIVE_SECONDS = 60
_AFTER_SECONDS = 8
_STOP_SECONDS = 90
_WHOLE_SECONDS = 420
_STEADY_SECONDS = 3
_DELIVERY_SECONDS = 30
# How exactly it is known when a microphone was on.
_EDGE_MS = 500


class NotMeasured(Exception):
    """A fault did not come about, or the dictation could not be measured; the message says why."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a dictation; seconds, and None where live text never came back."""

    score: score.Score
    without_text: float | None
    """How long, from the fault until text was live again, it was not."""
    live_again: float | None
    """From the end of its cause until then."""
    seconds: float
    told: tuple[str, ...]
    """What the page said of it."""
    text: str
    shown: tuple[tuple[float, str, str], ...]
    """What the page showed: moments of the speech in milliseconds, the state, and the end of the text."""
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return (
            self.score.is_whole
            and self.live_again is not None
            and self.live_again <= 5.0
            and not self.problems
        )


@dataclass
class Scene:
    product: Product
    listener: Listener
    speech: Speech
    link: "Link | None" = None
    front: "Front | None" = None
    fault_at: float | None = None
    gone_at: float | None = None
    problems: list[str] = field(default_factory=list)
    unheard: list[tuple[float, float]] = field(default_factory=list)

    def mid_word(self) -> None:
        """Waits for the middle of a word after some undisturbed speech, and notes that the fault begins there."""
        at = self.speech.mid_word(max(BEFORE_SECONDS * 1000, self.listener.now_ms + 300))
        self.listener.wait((at - self.listener.now_ms) / 1000)
        self.fault_at = self.listener.now_ms

    def cause_gone(self) -> None:
        """Notes that from now on nothing is in the way of live text."""
        self.gone_at = self.listener.now_ms

    def wait(self, seconds: float) -> None:
        self.listener.wait(seconds)

    @contextmanager
    def nobody_listens(self) -> Iterator[None]:
        """What is said meanwhile is no loss, for there is no microphone, as under a closed lid."""
        start = self.listener.now_ms
        yield
        self.unheard.append((start, self.listener.now_ms))


def play(scene: Scene, inject: Callable[[Scene], None], known: set[int] | None) -> Outcome:
    """Dictates, injects a fault, waits until everything is as well as it will be, and compares.

    `known` are the places of the words of the speech that an undisturbed run recognised. Raises NotMeasured.
    """
    listener, speech = scene.listener, scene.speech
    listener.begin()
    session = listener.session
    inject(scene)
    if scene.fault_at is None or scene.gone_at is None:
        raise NotMeasured("The fault did not say when it began and when its cause was gone.")
    live_at = _wait_for_live_text(scene)
    end = speech.pause(listener.now_ms + _AFTER_SECONDS * 1000)
    listener.end_speech(end)
    listener.wait(3)
    _expect_fluent(scene)
    _stop(scene)
    _wait_for_words(scene, session)
    rows = scene.product.transcript(session)
    text = " ".join(text for *_, text in rows)
    said = [word for word in speech.said(0, end) if not _is_within(word, scene.unheard, -_EDGE_MS)]
    numbers = {word.end_ms: number for number, word in enumerate(speech.said(0, end))}
    # A word at an edge may have been heard or not.
    places = {
        at
        for at, word in enumerate(said)
        if not _is_within(word, scene.unheard, _EDGE_MS)
        and (known is None or speech.place(numbers[word.end_ms]) in known)
    }
    return Outcome(
        score=score.score(said, places, text),
        without_text=None if live_at is None else _without_text(scene, live_at),
        live_again=None if live_at is None else max(0.0, live_at - scene.gone_at) / 1000,
        seconds=end / 1000,
        told=tuple(dict.fromkeys(sentence for _, sentence in listener.said())),
        text=text,
        shown=tuple(listener.shown()),
        problems=tuple(scene.problems),
    )


def _is_within(word: "TimedWord", ranges: Iterable[tuple[float, float]], margin_ms: float) -> bool:
    return any(
        start - margin_ms < word.end_ms and word.start_ms < until + margin_ms for start, until in ranges
    )


def _expect_fluent(scene: Scene) -> None:
    """Raises NotMeasured if the browser could not speak and listen in time, for reasons of this machine."""
    for at, seconds in scene.listener.stumbles():
        if not any(start <= at <= until + 5_000 for start, until in scene.unheard):
            raise NotMeasured(
                f"The browser had too little processor time at {at / 1000:.0f} s: the speaker stood still "
                f"for {seconds:.1f} s."
            )


def _wait_for_live_text(scene: Scene) -> float | None:
    assert scene.gone_at is not None
    deadline = scene.gone_at + _LIVE_SECONDS * 1000
    while True:
        scene.wait(0.5)
        now = scene.listener.now_ms
        said = scene.speech.said(scene.gone_at - score.LIVE_MS, now + 1_000)
        live_at = score.live_again(_listening(scene), said, scene.gone_at)
        if live_at is not None or now > deadline:
            return live_at


def _without_text(scene: Scene, live_at: float) -> float:
    assert scene.fault_at is not None
    said = scene.speech.said(scene.fault_at - score.LIVE_MS, live_at + 1_000)
    return score.without_live(_listening(scene), said, scene.fault_at, live_at) / 1000


def _listening(scene: Scene) -> list[tuple[float, str]]:
    """The texts that the page showed; none where it said that it did not listen."""
    return [(at, text if state == "listening" else "") for at, state, text in scene.listener.shown()]


def _stop(scene: Scene) -> None:
    """Presses Stop, as far as there is something to stop, and waits until the page says that it is saved."""
    listener = scene.listener
    try:
        if not listener.offers("Stop"):
            scene.problems.append(f"the dictation was {listener.state} before Stop")
            return
        listener.press("Stop")
        listener.expect_state("saved", _STOP_SECONDS)
    except AssertionError:
        scene.problems.append(f"Stop was not confirmed within {_STOP_SECONDS} s: {listener.state}")


def _wait_for_words(scene: Scene, session: str) -> None:
    """Waits until every place of the text has its words, and nothing changes any more."""
    deadline = time.monotonic() + _WHOLE_SECONDS
    steady_since, before = time.monotonic(), None
    while True:
        scene.wait(0.5)
        rows = scene.listener.waiting_rows()
        gaps = scene.product.open_gaps(session)
        now = (rows, gaps, scene.product.transcript(session))
        if gaps or now != before:
            steady_since, before = time.monotonic(), now
        # A page that still waits for words may yet deliver their sound.
        if time.monotonic() - steady_since > (_DELIVERY_SECONDS if rows else _STEADY_SECONDS):
            break
        if time.monotonic() > deadline:
            scene.problems.append(f"words were still missing after {_WHOLE_SECONDS} s")
            break
    # Where nobody listened it is right to say so.
    if not scene.unheard:
        scene.problems += [f'the page still says "{" ".join(row.split())}"' for row in rows]
    scene.problems += [problem for problem in [_difference(scene, session)] if problem]


def _difference(scene: Scene, session: str) -> str:
    """How the page's text differs from the transcript that is kept."""
    kept = " ".join(text for *_, text in scene.product.transcript(session) if text).split()
    shown = scene.listener.text().split()
    if shown == kept:
        return ""
    at = next((at for at, (one, other) in enumerate(zip(shown, kept, strict=False)) if one != other), 0)
    first, last = max(at - 3, 0), at + 5
    return f'the page shows "{" ".join(shown[first:last])}" where "{" ".join(kept[first:last])}" is kept'
