"""A client and an audio worker on paper: what the one sends, and what the other tells of it, in every order."""

import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from captions.dialects.openai_realtime import Flush, Realtime
from captions.dialects.openai_realtime.configuration import Configuration
from captions.protocol import messages

TRANSCRIPTION = "conversation.item.input_audio_transcription"
SENTENCE_MS, SILENCE_MS, PREFIX_MS = 1_000, 500, 300
_SHORT = {
    "input_audio_buffer.speech_started": "(",
    "input_audio_buffer.speech_stopped": ")",
    "input_audio_buffer.committed": "c",
    "conversation.item.added": "a",
    "conversation.item.done": "d",
    f"{TRANSCRIPTION}.delta": "+",
    f"{TRANSCRIPTION}.completed": "!",
    f"{TRANSCRIPTION}.failed": "!",
}
_COMMITTED_BY_TURN = re.compile(r"\(\+*\)cad\+*!")
_COMMITTED_BY_CLIENT = re.compile(r"\+*cad\+*!")
_LEFT_OPEN = re.compile(r"\(?\+*")


def realtime(*, beta: bool = False, **audio_input: Any) -> Realtime:
    """A session whose sound comes otherwise, with ids that are counted."""
    configuration = Configuration("base", ("en", "de", "ja")).merged(
        {"audio": {"input": audio_input}}, flat=False
    )
    return Realtime(configuration, expires_at=100, is_beta=beta, brings_sound=False, make_id=counting())


def counting() -> Callable[[str], str]:
    count = iter(range(1, 10_000))
    return lambda kind: f"{kind}_{next(count)}"


class Worker:
    """Plays what is sent against a `Realtime`, one step at a time.

    What is sent is a text: `<` speech begins, a letter is a sentence in it, `x` one that has no text, `>` the silence
    after which it has stopped, `C` a commit, `X` a clear.
    """

    def __init__(self, session: Realtime, sent: str) -> None:
        self.session = session
        self.events = [event for event in session.begin() if event["type"] != "session.created"]
        self._sent = deque(sent)
        self._unheard: deque[tuple[str, int]] = deque()
        self._untold: deque[dict[str, Any]] = deque()
        self._clock_ms = self._seq = 0
        self._speaks = False

    def steps(self) -> list[Callable[[], None]]:
        """All that may come next."""
        return [
            step
            for step, can in (
                (self._send, self._sent),
                (self._hear, self._unheard),
                (self._tell, self._untold),
            )
            if can
        ]

    def _send(self) -> None:
        what = self._sent.popleft()
        self._clock_ms += {"<": 0, ">": SILENCE_MS, "C": 0, "X": 0}.get(what, SENTENCE_MS)
        self.session.clock_ms = self._clock_ms
        if what in "CX":
            event = "commit" if what == "C" else "clear"
            said, effect = self.session.take(f'{{"type": "input_audio_buffer.{event}"}}')
            self.events += said
            if not isinstance(effect, Flush):
                return
        self._unheard.append((what, self._clock_ms))

    def _hear(self) -> None:
        what, at_ms = self._unheard.popleft()
        match what:
            case "<":
                self._speaks = True
                self._say(messages.speech("started", at_ms + 100))
            case ">":
                self._stop(at_ms)
            case "C" | "X":
                if self._speaks:
                    self._stop(at_ms)
                while self._untold:
                    self._tell()
                self._say({"type": "flushed", "number": 1})
            case text:
                if not self._speaks:
                    # It was cut by a flush.
                    self._speaks = True
                    self._say(messages.speech("started", at_ms - SENTENCE_MS + 100))
                self._seq += 1
                key, start_ms = f"u{self._seq}", at_ms - SENTENCE_MS
                if text != "x":
                    self._partial(key, start_ms, "", f"{text}1")
                    self._partial(key, start_ms, f"{text}1", f"{text}2.")
                    self._untold.append(final(self._seq, start_ms, at_ms, f"{text}1 {text}2."))

    def _stop(self, at_ms: int) -> None:
        self._speaks = False
        self._say(messages.speech("stopped", at_ms))
        self._untold.append(messages.settled(at_ms))

    def _tell(self) -> None:
        self._say(self._untold.popleft())

    def _partial(self, key: str, start_ms: int, stable: str, tentative: str) -> None:
        self._say(
            messages.partial(
                utterance=key, start_ms=start_ms, stable=stable, tentative=tentative, language="en"
            )
        )

    def _say(self, told: dict[str, Any]) -> None:
        self.events += self.session.tell(told)


def final(seq: int, start_ms: int, end_ms: int, text: str, language: str = "en") -> dict[str, Any]:
    return messages.final(
        seq=seq,
        utterance=f"u{seq}",
        start_ms=start_ms,
        end_ms=end_ms,
        text=text,
        words=[{"text": text, "start_ms": start_ms, "end_ms": end_ms, "probability": 0.5}],
        confidence=0.5,
        language=language,
    )


def runs(make: Callable[[], Realtime], sent: str) -> Iterator[list[dict[str, Any]]]:
    """The events of every order in which things may happen."""
    ways: list[list[int]] = [[]]
    while ways:
        way = ways.pop()
        worker = Worker(make(), sent)
        for step in way:
            worker.steps()[step]()
        while steps := worker.steps():
            # This goes on with the first step; the others are for later.
            ways += [[*way, other] for other in range(1, len(steps))]
            steps[0]()
            way = [*way, 0]
        yield worker.events


def check(events: list[dict[str, Any]], *, changes: bool = False) -> list[str]:
    """Asserts all that is true of every session; returns the transcripts in order.

    `changes` allows a sentence to have other capitals or marks in the end than were sent at first.
    """
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    by_item: dict[str, str] = {}
    deltas: dict[str, str] = {}
    order: dict[str, list[str]] = {"committed": [], "completed": []}
    previous = None
    transcripts = []
    last_delta = ""
    left = {event["item_id"] for event in events if event["type"].endswith(("delta", "completed", "failed"))}
    left -= {event["item_id"] for event in events if event["type"].endswith("committed")}
    for event in events:
        if event["type"] == "error":
            assert event["error"]["code"] == "input_audio_buffer_commit_empty"
        if event["type"] in ("input_audio_buffer.cleared", "error"):
            continue
        item_id = event["item"]["id"] if "item" in event else event["item_id"]
        by_item[item_id] = by_item.get(item_id, "") + _SHORT[event["type"]]
        match event["type"].rpartition(".")[2]:
            case "committed":
                assert event["previous_item_id"] == previous
                previous = item_id
                order["committed"].append(item_id)
            case "delta":
                deltas[item_id] = deltas.get(item_id, "") + event["delta"]
                last_delta = item_id
            case "completed" | "failed":
                order["completed"].append(item_id)
                left.add(item_id)
                transcripts.append(event.get("transcript", ""))
                assert changes or event.get("transcript", "").startswith(deltas.get(item_id, ""))
                assert last_delta in ("", item_id, *left), "no delta of a later item came before"
    for item_id, said in by_item.items():
        if item_id in order["committed"]:
            assert _COMMITTED_BY_TURN.fullmatch(said) or _COMMITTED_BY_CLIENT.fullmatch(said), said
        else:
            assert _LEFT_OPEN.fullmatch(said), said
    assert order["committed"] == order["completed"]
    return transcripts
