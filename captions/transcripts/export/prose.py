"""A transcript as text to read: title, facts, and sentences or paragraphs with headings and notes between them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext

from ...core.characters import space_between
from ...speech.passage import Passage
from .pieces import clean
from .times import clock
from .transcript import Remark, Transcript

PAUSE_MS = 2_000
"""A silence at least this long between two utterances ends a paragraph."""
LONGEST_MS = 60_000
"""An utterance that begins this long after the beginning of a paragraph, or later, begins a new one."""


@dataclass(frozen=True, slots=True)
class Block:
    """A sentence, paragraph, heading or note: one line, never empty.

    `parts` are its text with the code of the language of each part, empty if unknown. `speaker` is the name of who says
    it, empty where nobody needs to be told apart.
    """

    kind: Literal["said", "heading", "note"]
    start_ms: int
    parts: tuple[tuple[str, str], ...]
    speaker: str = ""

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.parts)

    @property
    def time(self) -> str:
        return clock(self.start_ms)


def sentences(transcript: Transcript) -> Iterator[Block]:
    """Yields each utterance as a block, with headings and notes in their places."""
    for each in _in_time(transcript):
        if isinstance(each, Block):
            yield each
        else:
            parts = ((clean(each.text), each.language),)
            yield Block("said", max(each.start_ms, 0), parts, transcript.speaker_of(each))


def paragraphs(transcript: Transcript) -> Iterator[Block]:
    """Yields the same as `sentences`, but with utterances joined into paragraphs: see PAUSE_MS and LONGEST_MS."""
    start_ms = end_ms = 0
    parts: list[tuple[str, str]] = []
    speaker = ""
    for each in _in_time(transcript):
        if parts and (
            isinstance(each, Block)
            or begins_paragraph(each.start_ms, start_ms, end_ms)
            or transcript.speaker_of(each) != speaker
        ):
            yield Block("said", start_ms, tuple(parts), speaker)
            parts = []
        if isinstance(each, Block):
            yield each
            continue
        speaker = transcript.speaker_of(each)
        if not parts:
            start_ms = max(each.start_ms, 0)
        text = clean(each.text)
        parts.append((f"{_between(parts, text)}{text}", each.language))
        end_ms = each.end_ms
    if parts:
        yield Block("said", start_ms, tuple(parts), speaker)


def begins_paragraph(start_ms: int, paragraph_ms: int, last_end_ms: int) -> bool:
    """Whether an utterance begins a new paragraph.

    `paragraph_ms` is the start of the paragraph before it, `last_end_ms` the end of the last utterance in that.
    """
    return start_ms - last_end_ms >= PAUSE_MS or start_ms - paragraph_ms >= LONGEST_MS


def _in_time(transcript: Transcript) -> Iterator[Passage | Block]:
    """Yields passages and remarks that have text, in the order of time; remarks as blocks."""
    remarks = iter(transcript.remarks)
    remark = next(remarks, None)
    for passage in transcript.passages:
        if not clean(passage.text):
            continue
        while remark is not None and remark.at_ms <= passage.start_ms:
            yield from _written(remark)
            remark = next(remarks, None)
        yield passage
    while remark is not None:
        yield from _written(remark)
        remark = next(remarks, None)


def _written(remark: Remark) -> Iterator[Block]:
    text = clean(remark.text)
    if text:
        yield Block("heading" if remark.is_heading else "note", max(remark.at_ms, 0), ((text, ""),))


def _between(parts: list[tuple[str, str]], text: str) -> str:
    return space_between(parts[-1][0], text) if parts else ""


def title(transcript: Transcript) -> str:
    return clean(transcript.title) or gettext("Untitled")


def facts(transcript: Transcript) -> str:
    """The date and time of the session (year first, so that it sorts), and its language code if known."""
    moment = f"{transcript.created_at:%Y-%m-%d %H:%M}"
    return f"{moment}, {transcript.language}" if transcript.language else moment
