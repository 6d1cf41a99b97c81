"""Writes the events of a server: OpenAI's current ones, or those of its beta."""

from collections.abc import Callable
from typing import Any

from .identifiers import new_id

Event = dict[str, Any]
_TRANSCRIPTION = "conversation.item.input_audio_transcription"


class Writer:
    """Collects events until they are taken. `is_beta` may change at any time.

    `tells_drafts` adds two events that OpenAI never had, `….partial` with all of an item's text so far and `….final`.
    """

    def __init__(self, *, is_beta: bool = False, make_id: Callable[[str], str] = new_id) -> None:
        self.is_beta = is_beta
        self.tells_drafts = False
        self.make_id = make_id
        self._events: list[Event] = []

    def take(self) -> list[Event]:
        """The events since the last call."""
        events, self._events = self._events, []
        return events

    def say(self, kind: str, **fields: Any) -> None:
        self._events.append({"type": kind, "event_id": self.make_id("event"), **fields})

    def error(
        self, code: str, sentence: str, *, kind: str = "invalid_request_error", **fields: str | None
    ) -> None:
        """`fields` may have `param`, and the `event_id` of the client's event."""
        error = {"type": kind, "code": code, "message": sentence, "param": None, "event_id": None}
        self.say("error", error={**error, **fields})

    def started(self, item_id: str, at_ms: int) -> None:
        self.say("input_audio_buffer.speech_started", audio_start_ms=at_ms, item_id=item_id)

    def stopped(self, item_id: str, at_ms: int) -> None:
        self.say("input_audio_buffer.speech_stopped", audio_end_ms=at_ms, item_id=item_id)

    def committed(self, item_id: str, previous_id: str | None) -> None:
        self.say("input_audio_buffer.committed", previous_item_id=previous_id, item_id=item_id)
        kinds = ("created",) if self.is_beta else ("added", "done")
        for kind in kinds:
            self.say(f"conversation.item.{kind}", previous_item_id=previous_id, item=item(item_id, None))

    def delta(self, item_id: str, delta: str) -> None:
        self.say(f"{_TRANSCRIPTION}.delta", item_id=item_id, content_index=0, delta=delta)

    def draft(self, item_id: str, text: str) -> None:
        if self.tells_drafts:
            self.say(
                f"{_TRANSCRIPTION}.partial", item_id=item_id, content_index=0, transcript=text, text=text
            )

    def completed(self, item_id: str, transcript: str, seconds: float, **fields: Any) -> None:
        self.say(
            f"{_TRANSCRIPTION}.completed",
            item_id=item_id,
            content_index=0,
            transcript=transcript,
            usage={"type": "duration", "seconds": round(seconds, 3)},
            **fields,
        )
        if self.tells_drafts:
            self.say(
                f"{_TRANSCRIPTION}.final",
                item_id=item_id,
                content_index=0,
                transcript=transcript,
                text=transcript,
            )

    def failed(self, item_id: str, code: str, sentence: str) -> None:
        # Clients that check the fields allow none of them to be null.
        error = {"type": "server_error", "code": code, "message": sentence}
        self.say(f"{_TRANSCRIPTION}.failed", item_id=item_id, content_index=0, error=error)


def item(item_id: str, transcript: str | None) -> dict[str, Any]:
    """What somebody said, as an item of the conversation; `transcript` is None until it is known."""
    return {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": transcript}],
    }
