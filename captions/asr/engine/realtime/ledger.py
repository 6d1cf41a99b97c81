"""Reads what a Realtime service says of the sound that it got: which items there are, and their text. Pure.

Both the current names of events and those of OpenAI's beta are understood, others are passed over. Items that the
service ends by itself count as parts of the one that ends with the next commit.
"""

from dataclasses import dataclass
from typing import Any

from ..openai.answer import Answer, of_fields
from ..prompts import SPACELESS

_TRANSCRIPTION = "conversation.item.input_audio_transcription."


_EMPTY = "input_audio_buffer_commit_empty"
# Of items and their text that are told before a commit.
_MOST_ITEMS = 1_000
_MOST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What a service says went wrong."""

    code: str
    kind: str = ""


@dataclass(slots=True)
class _Item:
    draft: str = ""
    is_committed: bool = False
    answer: Answer | None = None


class Ledger:
    """Takes the events of a service in order. One commit may be open at a time."""

    def __init__(self) -> None:
        self.is_begun = self.is_beta = self.is_agreed = False
        """Whether the session exists, with the events of the beta, and is as it was last asked to be."""
        self._items: dict[str, _Item] = {}
        self._is_open = False

    def commit(self) -> None:
        """A commit is being sent."""
        self._is_open = True

    @property
    def is_done(self) -> bool:
        """Whether all text up to the last commit was told."""
        return not self._is_open and all(each.answer for each in self._items.values() if each.is_committed)

    @property
    def draft(self) -> str:
        """The text since the last commit whose answer was taken, as far as it was told."""
        texts = [each.answer.text if each.answer else each.draft for each in self._items.values()]
        return _joined(texts, "")

    def answer(self) -> Answer:
        """Takes the answer to the commit; it must be done."""
        answers = [each.answer for each in self._items.values() if each.answer]
        self._items = {name: each for name, each in self._items.items() if not each.answer}
        if len(answers) == 1:
            return answers[0]
        language = next((each.language for each in answers if each.language), "")
        text = _joined([each.text for each in answers], language)
        logs = [each.mean_log_probability for each in answers]
        return Answer(text, language, mean_log_probability=sum(logs) / len(logs) if logs else 0.0)

    def take(self, event: dict[str, Any]) -> Fault | None:
        kind = event.get("type")
        if not isinstance(kind, str):
            return None
        match kind.removeprefix(_TRANSCRIPTION) if kind.startswith(_TRANSCRIPTION) else kind:
            case "session.created" | "transcription_session.created":
                self.is_begun, self.is_beta = True, kind.startswith("transcription")
            case "session.updated" | "transcription_session.updated":
                self.is_begun = self.is_agreed = True
            case "input_audio_buffer.committed":
                self._is_open = False
                self._item(event).is_committed = True
            case "delta" if isinstance(delta := event.get("delta"), str):
                item = self._item(event)
                if len(item.draft) < _MOST_TEXT:
                    item.draft += delta
            case "completed":
                return self._complete(event)
            case "failed":
                return _fault(event)
            case "error":
                fault = _fault(event)
                if fault.code != _EMPTY:
                    return fault
                # All of it is in items that the service has ended by itself, or is too short for any.
                self._is_open = False
            case _:
                pass
        return None if len(self._items) <= _MOST_ITEMS else Fault("too_many_items", "server_error")

    def _complete(self, event: dict[str, Any]) -> Fault | None:
        text = event.get("transcript")
        if not isinstance(text, str):
            return Fault("no_text", "server_error")
        item = self._item(event)
        if not item.is_committed:
            # It does not say what it commits.
            item.is_committed, self._is_open = True, False
        item.answer = of_fields({**event, "text": text})
        return None

    def _item(self, event: dict[str, Any]) -> _Item:
        return self._items.setdefault(str(event.get("item_id")), _Item())


def _fault(event: dict[str, Any]) -> Fault:
    error = event.get("error")
    fields = error if isinstance(error, dict) else {}
    return Fault(str(fields.get("code") or "")[:100], str(fields.get("type") or "")[:100])


def _joined(texts: list[str], language: str) -> str:
    space = "" if language in SPACELESS else " "
    return space.join(filter(None, (each.strip() for each in texts)))
