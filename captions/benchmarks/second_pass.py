"""The rows of a dictation after an automatic second pass."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from ..second_pass.comparing import Standing
from ..second_pass.rewriting import rewritten
from ..speech.endpointing import EndpointSettings
from ..speech.passage import Passage
from ..speech.types import Word
from .apart import hear_apart
from .corpus import Recording
from .file_texts import hearing
from .livetest.events import Event


def hear(
    folder: Path, endpoints: EndpointSettings, recordings: Sequence[Recording]
) -> dict[str, list[Passage]]:
    """The passages of each recording, by name, as the second pass recognises them."""
    return hear_apart(partial(_passages, folder, endpoints), recordings)


def standing(events: Sequence[Event]) -> list[Standing]:
    """The saved rows, in the order of time."""
    finals = {event.message["seq"]: event.message for event in events if event.type == "final"}
    return [
        Standing(
            each["start_ms"], each["end_ms"], each["text"], tuple(Word(**word) for word in each["words"])
        )
        for each in sorted(finals.values(), key=lambda each: (each["start_ms"], each["seq"]))
        if each["text"]
    ]


def taken_over(rows: Sequence[Standing], heard: Sequence[Passage]) -> list[str]:
    """The texts of the rows after the second pass, in the order of time."""
    texts = {number: (row.start_ms, row.text) for number, row in enumerate(rows)}
    added = []
    for difference in rewritten(rows, heard):
        for part in difference:
            if part.of is None:
                added.append((part.start_ms, part.text))
            else:
                texts[part.of] = (part.start_ms, part.text)
    return [text for _, text in sorted([*texts.values(), *added]) if text]


def _passages(
    folder: Path, endpoints: EndpointSettings, recordings: Sequence[Recording]
) -> list[list[Passage]]:
    heard = hearing(folder, endpoints)
    return [list(heard([each.sound], each.language)) for each in recordings]
