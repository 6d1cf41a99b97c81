"""The order of the events of OpenAI's Realtime transcription, as a regular language."""

import re
from collections.abc import Sequence
from typing import Any

Event = dict[str, Any]

_TRANSCRIPTION = "conversation.item.input_audio_transcription."
_NAMES = {
    "input_audio_buffer.speech_started": "started",
    "input_audio_buffer.speech_stopped": "stopped",
    "input_audio_buffer.committed": "committed",
    "conversation.item.added": "added",
    "conversation.item.done": "done",
    "conversation.item.created": "created",
    f"{_TRANSCRIPTION}delta": "delta",
    f"{_TRANSCRIPTION}completed": "completed",
    f"{_TRANSCRIPTION}failed": "failed",
}
_HEARD = "(started (delta )*stopped )?(delta )*committed (delta )*"
_HELD_BACK = "(started stopped )?committed "
_ITEM = {"ga": "added done ", "beta": "created "}
_SAID = "(delta )*(completed|failed) "
_FIRST = {"ga": "session.", "beta": "transcription_session."}


def items_of(events: Sequence[Event]) -> dict[str, list[Event]]:
    """The events of each item, in the order in which the items were first named."""
    found: dict[str, list[Event]] = {}
    for event in events:
        if event["type"] in _NAMES:
            found.setdefault(_item(event), []).append(event)
    return found


def assert_in_order(events: Sequence[Event], *, dialect: str = "ga", is_live: bool = False) -> None:
    """Asserts that a session's events are in the order in which clients expect them.

    `is_live` allows deltas before an item is committed, as models that transcribe while somebody speaks send them.
    Every committed item has exactly one transcript, in the order of the commits.
    """
    first = _FIRST[dialect]
    assert events, "There is no event."
    assert events[0]["type"] == f"{first}created", events[0]
    assert not [event for event in events if event["type"] == "error"], "There is an error among the events."
    wanted = re.compile((_HEARD if is_live else _HELD_BACK) + _ITEM[dialect] + _SAID)
    for item, own in items_of(events).items():
        names = "".join(f"{_NAMES[event['type']]} " for event in own)
        assert wanted.fullmatch(names), f"{item}: {names}"
    committed = [event["item_id"] for event in events if _NAMES.get(event["type"]) == "committed"]
    said = [event["item_id"] for event in events if _NAMES.get(event["type"]) in ("completed", "failed")]
    assert committed == said, "Transcripts are not in the order of the commits."
    _assert_linked(events)


def _assert_linked(events: Sequence[Event]) -> None:
    before = None
    for event in events:
        if event["type"] == "input_audio_buffer.committed":
            assert event["previous_item_id"] == before, event
            before = event["item_id"]


def text_of(events: Sequence[Event]) -> str:
    """All transcripts of a session."""
    return " ".join(
        event["transcript"]
        for event in events
        if event["type"] == f"{_TRANSCRIPTION}completed" and event["transcript"]
    )


def deltas_of(events: Sequence[Event]) -> dict[str, str]:
    """What the deltas of each item add up to."""
    found: dict[str, str] = {}
    for event in events:
        if event["type"] == f"{_TRANSCRIPTION}delta":
            found[event["item_id"]] = found.get(event["item_id"], "") + event["delta"]
    return found


def transcripts_of(events: Sequence[Event]) -> dict[str, str]:
    return {
        event["item_id"]: event["transcript"]
        for event in events
        if event["type"] == f"{_TRANSCRIPTION}completed"
    }


def _item(event: Event) -> str:
    return str(event["item"]["id"] if "item" in event else event["item_id"])
