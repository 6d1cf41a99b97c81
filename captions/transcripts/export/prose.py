"""A transcript as text to read: title, facts, and sentences or paragraphs with headings and notes between them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from django.utils.translation import gettext

from ...core.characters import space_between
from ...speech.passage import Passage
from .pieces import clean, lines
from .times import clock
from .transcript import Remark, Transcript

PAUSE_MS = 2_000
"""A silence at least this long between two utterances ends a paragraph."""
_PARAGRAPH = "\n\n"
LONGEST_MS = 60_000
"""An utterance that begins this long after the beginning of a paragraph, or later, begins a new one."""


@dataclass(frozen=True, slots=True)
class Block:
    """A sentence, paragraph, heading or note, never empty: one line, or several where line breaks were dictated.

    `parts` are its text with the code of the language of each part, empty if unknown. `speaker` is the name of who says
    it, empty where nobody needs to be told apart. `apart` says that a paragraph was dictated before it.
    """

    kind: Literal["said", "heading", "note"]
    start_ms: int
    parts: tuple[tuple[str, str], ...]
    speaker: str = ""
    apart: bool = False

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.parts)

    @property
    def time(self) -> str:
        return clock(self.start_ms)


def sentences(transcript: Transcript) -> Iterator[Block]:
    """Yields each utterance as a block, with headings and notes in their places."""
    between = ""
    for each in _in_time(transcript):
        if isinstance(each, Block):
            yield each
            continue
        before, text, after = _broken(each.text)
        between = max(between, before)
        if not text:
            continue
        parts = ((text, each.language),)
        yield Block("said", max(each.start_ms, 0), parts, transcript.speaker_of(each), between == _PARAGRAPH)
        between = after


def paragraphs(transcript: Transcript) -> Iterator[Block]:
    """Yields the same as `sentences`, but with utterances joined into paragraphs: see PAUSE_MS and LONGEST_MS."""
    for block in _joined(transcript):
        yield from _divided(block)


def _joined(transcript: Transcript) -> Iterator[Block]:
    start_ms = end_ms = 0
    parts: list[tuple[str, str]] = []
    speaker = between = ""
    for each in _in_time(transcript):
        before, text, after = ("", "", "") if isinstance(each, Block) else _broken(each.text)
        between = max(between, before)
        if parts and (
            isinstance(each, Block)
            or between == _PARAGRAPH
            or begins_paragraph(each.start_ms, start_ms, end_ms)
            or transcript.speaker_of(each) != speaker
        ):
            yield Block("said", start_ms, tuple(parts), speaker)
            parts = []
        if isinstance(each, Block):
            yield each
            continue
        speaker = transcript.speaker_of(each)
        end_ms = each.end_ms
        if not text:
            continue
        if not parts:
            start_ms = max(each.start_ms, 0)
        parts.append((f"{(between or _between(parts, text)) if parts else ''}{text}", each.language))
        between = after
    if parts:
        yield Block("said", start_ms, tuple(parts), speaker)


def _broken(text: str) -> tuple[str, str, str]:
    """The line breaks before a text, the text, and the line breaks behind it, which are all of one without words."""
    whole = lines(text)
    inner = whole.strip("\n")
    if not inner:
        return whole, "", ""
    at = whole.index(inner)
    return whole[:at], inner, whole[at + len(inner) :]


def _divided(block: Block) -> Iterator[Block]:
    """The block, cut where paragraphs were dictated within an utterance."""
    if block.kind != "said" or _PARAGRAPH not in block.text:
        yield block
        return
    parts: list[tuple[str, str]] = []
    for text, language in block.parts:
        first, *others = text.split(_PARAGRAPH)
        parts.append((first, language))
        for other in others:
            yield replace(block, parts=tuple(parts))
            parts = [(other, language)]
    yield replace(block, parts=tuple(parts))


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
        if not lines(passage.text):
            continue
        while remark is not None and remark.at_ms <= passage.start_ms:
            yield from _written(remark)
            remark = next(remarks, None)
        yield _heading(passage) if passage.is_heading else passage
    while remark is not None:
        yield from _written(remark)
        remark = next(remarks, None)


def _written(remark: Remark) -> Iterator[Block]:
    text = clean(remark.text)
    if text:
        yield Block("heading" if remark.is_heading else "note", max(remark.at_ms, 0), ((text, ""),))


def _heading(passage: Passage) -> Block:
    text = clean(passage.text)
    # What a model ends each sentence with.
    bare = text if text.endswith("..") else text.removesuffix(".")
    return Block("heading", max(passage.start_ms, 0), ((bare or text, passage.language),))


def _between(parts: list[tuple[str, str]], text: str) -> str:
    return space_between(parts[-1][0], text) if parts else ""


def title(transcript: Transcript) -> str:
    return clean(transcript.title) or gettext("Untitled")


def facts(transcript: Transcript) -> str:
    """The date and time of the session (year first, so that it sorts), and its language code if known."""
    moment = f"{transcript.created_at:%Y-%m-%d %H:%M}"
    return f"{moment}, {transcript.language}" if transcript.language else moment
