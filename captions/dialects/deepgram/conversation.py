"""Turns what is told of one live session into Deepgram's messages. Pure: the time is an input."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from ..joining import joined
from . import answers
from .answers import About, Message
from .asking import Ask
from .replacing import Heard, replaced, words_of, written

# A stretch of speech whose words were all told is said to be over after this long: none came in the end.
_ENDING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Open:
    """An utterance that has no final yet."""

    start_ms: int
    text: str


class Conversation:
    """What was told so far. Each method returns the messages to send.

    `clock_ms` is to be set to the sound that was passed on, in milliseconds.
    """

    def __init__(self, ask: Ask, about: About) -> None:
        self._ask = ask
        self._about = about
        self.clock_ms = 0
        self._open: dict[str, _Open] = {}
        self._shown = False
        self._speaking = False
        self._stopped_ms = 0
        self._stopped_at = 0.0
        # Whether finals were told since the last that ended speech.
        self._unended = False
        self._last_word_ms = 0
        # Whether words were told since the last UtteranceEnd.
        self._worded = False
        # While the client waits for what it finalized, the newest final: the last one is the answer.
        self._finalizing = 0
        self._held: Message | None = None

    def take(self, event: Mapping[str, Any], now: float) -> list[Message]:
        """Takes an event of ours at the monotonic time `now`; those that Deepgram has no word for say nothing."""
        match event["type"]:
            case "speech" if event["state"] == "started":
                self._speaking = True
                return [answers.speech_started(event["at_ms"])] if self._ask.vad_events else []
            case "speech":
                self._speaking = False
                self._stopped_ms, self._stopped_at = event["at_ms"], now
                return []
            case "partial":
                return self._partial(event)
            case "final":
                return self._pass(self._final(event))
            case "error" if event["code"] == "not_transcribed":
                self._unended = False
                return self._pass(self._empty(speech_final=not self._speaking))
            case "flushed":
                return self._flushed()
        return []

    def finalize(self) -> None:
        """The client wants all text of the sound so far; the event `flushed` answers it."""
        self._finalizing += 1

    def tick(self, now: float) -> list[Message]:
        """To be called about once a second, and after `clock_ms` was set."""
        if self._speaking or self._open or self._finalizing:
            return []
        told: list[Message] = []
        if self._unended and now - self._stopped_at >= _ENDING_SECONDS:
            self._unended = False
            told.append(self._empty(speech_final=True))
        wanted = self._ask.utterance_end_ms
        if self._worded and wanted is not None and self.clock_ms - self._last_word_ms >= wanted:
            self._worded = False
            told.append(answers.utterance_end(self._last_word_ms))
        return told

    def rest(self) -> list[Message]:
        """What was held back, once nothing more comes."""
        held, self._held = self._held, None
        return [held] if held else []

    def _partial(self, event: Mapping[str, Any]) -> list[Message]:
        text = joined(event["stable"], event["tentative"])
        if text:
            self._open[event["utterance"]] = _Open(event["start_ms"], text)
        else:
            self._open.pop(event["utterance"], None)
        if not self._ask.interim_results or not (self._open or self._shown):
            return []
        self._shown = bool(self._open)
        # All that has no final yet: a client shows the newest interim in place of the one before.
        waiting = sorted(self._open.values(), key=lambda each: each.start_ms)
        start_ms = waiting[0].start_ms if waiting else self.clock_ms
        text = reduce(joined, (each.text for each in waiting), "")
        if self._ask.replacements:
            text = written(replaced(words_of(text), self._ask.replacements))
        said = answers.alternative([], text=text, language=self._told(event["language"]))
        return [answers.results(self._about, said, start_ms, self.clock_ms, is_final=False)]

    def _final(self, event: Mapping[str, Any]) -> Message:
        self._open.pop(event["utterance"], None)
        self._shown = bool(self._open)
        words = replaced([Heard.of(word) for word in event["words"]], self._ask.replacements)
        said = answers.alternative(
            words,
            text=None if self._ask.replacements and event["words"] else event["text"],
            confidence=event["confidence"],
            language=self._told(event["language"]),
        )
        speech_final = self._ends_speech(event["end_ms"])
        self._unended = not speech_final
        self._worded, self._last_word_ms = True, max(self._last_word_ms, event["end_ms"])
        return answers.results(
            self._about, said, event["start_ms"], event["end_ms"], is_final=True, speech_final=speech_final
        )

    def _ends_speech(self, end_ms: int) -> bool:
        """Whether the speech that a final with this end belongs to has stopped, and this is the last of it."""
        if self._speaking and end_ms > self._stopped_ms:
            return False
        return not any(each.start_ms < self._stopped_ms for each in self._open.values())

    def _pass(self, final: Message) -> list[Message]:
        if not self._finalizing:
            return [final]
        before, self._held = self._held, final
        return [before] if before else []

    def _flushed(self) -> list[Message]:
        self._finalizing = max(0, self._finalizing - 1)
        answer, self._held = self._held or self._empty(speech_final=self._unended), None
        self._unended = False
        answer["from_finalize"] = True
        return [answer]

    def _empty(self, *, speech_final: bool) -> Message:
        """A final without words."""
        nothing = answers.alternative([])
        return answers.results(
            self._about, nothing, self.clock_ms, self.clock_ms, is_final=True, speech_final=speech_final
        )

    def _told(self, language: str) -> str:
        """The language if the client wants to know it."""
        return "" if self._ask.language else language
