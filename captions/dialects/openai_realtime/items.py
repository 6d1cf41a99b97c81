"""Cuts what an audio worker tells of a session into the items of a conversation.

An item begins with speech. It is committed, which ends its sound, by one of these:

- a sentence of it is final while its speaker goes on: it is complete, too, and what follows is another item;
- its speaker stops: it is complete once all text of that speech was told ("settled");
- its client commits it, and nothing else where turns are off: it is complete once all text up to there was told
  ("flushed").

Each committed item is completed or failed once, in the order in which they were committed. Times are milliseconds of
the sound that was sent.
"""

import math
from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from .writer import Writer, item

_REMEMBERED = 100
# Nothing stands between their sentences.
_UNSPACED = ("zh", "ja", "yue")
# Silence that is heard with the speech before it, and how much of it no word of that reaches into.
_TAIL_MS, _CLEAR_MS = 400, 100


@dataclass(slots=True)
class _Item:
    id: str
    start_ms: int
    is_told: bool = False
    """Whether its client knows that it has begun."""
    is_dropped: bool = False
    """Whether it is no item at all: its client has cleared the sound."""
    until_ms: int = 0
    """End of its sound; known once it is committed."""
    last_ms: int = 0
    """End of its speech: what is said later is not of it."""
    waits_for: Literal["settled", "flushed"] = "settled"
    text: str = ""
    """Of its finals."""
    sent: str = ""
    """What went out as deltas."""
    draft: str = ""
    failed: str = ""
    languages: dict[str, None] = field(default_factory=dict)
    words: list[dict[str, Any]] = field(default_factory=list)

    def takes(self, at_ms: float) -> bool:
        """Whether text of this time belongs to it, once it is committed."""
        return self.waits_for == "flushed" or at_ms < self.last_ms


class Items:
    """The items of one session, told to a writer. The attributes may be changed at any time."""

    def __init__(self, writer: Writer) -> None:
        self.turns = True
        """Whether speech that stops ends an item."""
        self.is_live = True
        """Whether the text of an item is sent before it is committed."""
        self.wants_probabilities = False
        self.prefix_ms = self.silence_ms = 0
        """Sound before speech that counts as part of it, and silence that ends it."""
        self.since_ms = 0
        """End of the sound that is committed or cleared."""
        self._writer = writer
        self._open: _Item | None = None
        self._committed: deque[_Item] = deque()
        self._unfinished: dict[str, dict[str, Any]] = {}
        self._previous_id: str | None = None
        self._transcripts: OrderedDict[str, str | None] = OrderedDict()

    def commit(self, clock_ms: int) -> None:
        """Commits all sound so far; `flushed` is to be called once all its text was told."""
        if self._open is not None and self._open.is_told:
            self._writer.stopped(self._open.id, clock_ms)
        self._commit(self._open or self._begun(self.since_ms), clock_ms, "flushed")
        self._show()

    def clear(self, clock_ms: int) -> bool:
        """Drops all sound that is not committed; True where `flushed` is to be called as for `commit`."""
        if self._open is None and clock_ms <= self.since_ms:
            return False
        dropped = _Item("", self.since_ms, is_dropped=True, until_ms=clock_ms, waits_for="flushed")
        self._open = None
        self._committed.append(dropped)
        self.since_ms = clock_ms
        return True

    def flushed(self) -> None:
        """All text was told up to the oldest `commit` or `clear` for which this was not called yet."""
        while self._committed:
            done = self._committed[0]
            self._complete()
            if done.waits_for == "flushed":
                break
        self._show()

    def started(self, at_ms: int) -> None:
        """Somebody speaks."""
        if self.turns and self._open is None and not self._is_flushing:
            self._begin(at_ms - self.prefix_ms)
            self._show()

    def stopped(self, at_ms: int) -> None:
        """Nobody speaks any more; `settled` follows."""
        if not self.turns or self._open is None:
            return
        last_ms = at_ms - max(0, self.silence_ms - _TAIL_MS) - _CLEAR_MS
        self._end(self._open, at_ms, last_ms)
        self._show()

    def settled(self, at_ms: int) -> None:
        """All text was told of the speech that stopped at `at_ms`."""
        while self._committed and not self._is_due_to_flush(self._committed[0]):
            if self._committed[0].until_ms > at_ms:
                break
            self._complete()
        self._show()

    def partial(self, told: dict[str, Any]) -> None:
        """Takes a `partial` message."""
        if told["stable"] or told["tentative"]:
            self._unfinished[told["utterance"]] = told
        else:
            self._unfinished.pop(told["utterance"], None)
        self._show()

    def final(self, told: dict[str, Any]) -> None:
        """Takes a `final` message."""
        self._unfinished.pop(told["utterance"], None)
        at_ms = (told["start_ms"] + told["end_ms"]) / 2
        while self._committed and not self._committed[0].takes(at_ms):
            self._complete()
        if self._committed:
            self._add(self._committed[0], told)
        elif self.turns:
            spoken = self._open or self._begin(told["start_ms"])
            self._add(spoken, told)
            self._end(spoken, told["end_ms"], told["end_ms"])
            self._complete()
        else:
            self._open = self._open or self._begun(self.since_ms)
            self._add(self._open, told)
        self._show()

    def not_transcribed(self, sentence: str) -> None:
        """Some speech could not be transcribed: that of the oldest item which is not complete."""
        suffers = self._committed[0] if self._committed else self._open
        if suffers is not None:
            suffers.failed = sentence

    def end(self, clock_ms: int, lost: str = "") -> None:
        """No more text comes. `lost` says why some is missing, if it is."""
        if self.turns and self._open is not None:
            self._end(self._open, clock_ms, clock_ms)
        for each in self._committed:
            each.failed = each.failed or lost
        self._open = None
        self.since_ms = clock_ms
        self._unfinished.clear()
        while self._committed:
            self._complete()

    def item(self, item_id: str) -> dict[str, Any] | None:
        """One of the last committed items, with its transcript; None if it is not known."""
        if item_id not in self._transcripts:
            return None
        return item(item_id, self._transcripts[item_id])

    @property
    def _is_flushing(self) -> bool:
        """Whether what is told is about sound before a commit of the client."""
        return any(map(self._is_due_to_flush, self._committed))

    @staticmethod
    def _is_due_to_flush(committed: _Item) -> bool:
        return committed.waits_for == "flushed"

    def _begun(self, start_ms: int) -> _Item:
        return _Item(self._writer.make_id("item"), max(start_ms, self.since_ms))

    def _begin(self, start_ms: int) -> _Item:
        """Begins an item and says so."""
        self._open = self._begun(start_ms)
        self._open.is_told = True
        self._writer.started(self._open.id, self._open.start_ms)
        return self._open

    def _end(self, spoken: _Item, at_ms: int, last_ms: int) -> None:
        at_ms, spoken.last_ms = max(at_ms, spoken.start_ms), last_ms
        if spoken.is_told:
            self._writer.stopped(spoken.id, at_ms)
        self._commit(spoken, at_ms, "settled")

    def _commit(self, spoken: _Item, until_ms: int, waits_for: Literal["settled", "flushed"]) -> None:
        spoken.until_ms, spoken.waits_for = until_ms, waits_for
        self._open = None
        self.since_ms = until_ms
        self._committed.append(spoken)
        self._writer.committed(spoken.id, self._previous_id)
        self._previous_id = spoken.id
        self._transcripts[spoken.id] = None
        if len(self._transcripts) > _REMEMBERED:
            self._transcripts.popitem(last=False)

    def _complete(self) -> None:
        """Completes the oldest committed item."""
        done = self._committed.popleft()
        for key in [key for key, told in self._unfinished.items() if done.takes(told["start_ms"])]:
            del self._unfinished[key]
        if done.is_dropped:
            return
        if done.failed and not done.text:
            self._writer.failed(done.id, "not_transcribed", done.failed)
            return
        self._send(done, done.text)
        if done.id in self._transcripts:
            self._transcripts[done.id] = done.text
        fields: dict[str, Any] = {}
        if done.languages:
            fields["languages"] = [{"code": code} for code in done.languages]
        if self.wants_probabilities:
            fields["logprobs"] = [_probability(word) for word in done.words]
        self._writer.completed(done.id, done.text, (done.until_ms - done.start_ms) / 1000, **fields)

    def _add(self, spoken: _Item, told: dict[str, Any]) -> None:
        if spoken.is_dropped:
            return
        spoken.text = _joined(spoken.text, told["text"], told["language"])
        if told["language"]:
            spoken.languages[told["language"]] = None
        if self.wants_probabilities:
            spoken.words += told["words"]

    def _show(self) -> None:
        """Sends what has become certain of the item whose text is being told."""
        committed = self._committed[0] if self._committed else None
        if committed is None and self._open is None and self._unfinished:
            first = self._in_order[0]
            if self.turns:
                self._begin(first["start_ms"])
            else:
                self._open = self._begun(self.since_ms)
        shown = committed or self._open
        if shown is None or shown.is_dropped:
            return
        stable = drafted = shown.text
        for each in self._unfinished_of(shown):
            if stable == drafted:
                stable = _joined(stable, each["stable"], each["language"])
            whole = _joined(each["stable"], each["tentative"], each["language"])
            drafted = _joined(drafted, whole, each["language"])
        if committed or self.is_live:
            self._send(shown, stable)
        if drafted != shown.draft:
            shown.draft = drafted
            self._writer.draft(shown.id, drafted)

    def _unfinished_of(self, spoken: _Item) -> Iterator[dict[str, Any]]:
        """What is told of an item and may still change."""
        for told in self._in_order:
            if spoken is self._open or spoken.takes(told["start_ms"]):
                yield told
            if spoken is self._open and self.turns:
                # What follows is in the next item.
                return

    @property
    def _in_order(self) -> list[dict[str, Any]]:
        return sorted(self._unfinished.values(), key=lambda told: told["start_ms"])

    def _send(self, spoken: _Item, text: str) -> None:
        """Sends how the text of an item has grown; what was sent can never be taken back."""
        if len(text) > len(spoken.sent) and text.startswith(spoken.sent):
            self._writer.delta(spoken.id, text[len(spoken.sent) :])
            spoken.sent = text


def _joined(before: str, after: str, language: str) -> str:
    space = "" if language in _UNSPACED else " "
    return f"{before}{space}{after}" if before and after else before or after


def _probability(word: dict[str, Any]) -> dict[str, Any]:
    return {
        "token": word["text"],
        "logprob": math.log(max(word["probability"], 1e-6)),
        "bytes": list(word["text"].encode()),
    }
