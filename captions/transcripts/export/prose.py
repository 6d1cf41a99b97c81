"""A transcript as something to read: its paragraphs, its headings and notes, and what stands above them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from django.utils.translation import gettext

from ...speech.passage import Passage
from .pieces import clean, columns
from .times import clock
from .transcript import Remark, Transcript

PAUSE_MS = 2_000
"""After a silence as long as this a new paragraph begins."""
LONGEST_MS = 60_000
"""And with the first sentence that begins so long after its paragraph began."""


@dataclass(frozen=True, slots=True)
class Block:
    """Something that stands by itself; `text` is one line and never empty."""

    kind: Literal["said", "heading", "note"]
    start_ms: int
    text: str

    @property
    def time(self) -> str:
        return clock(self.start_ms)


def sentences(transcript: Transcript) -> Iterator[Block]:
    """Each utterance by itself, with headings and notes where they belong."""
    for each in _in_time(transcript):
        if isinstance(each, Block):
            yield each
        else:
            yield Block("said", max(each.start_ms, 0), clean(each.text))


def paragraphs(transcript: Transcript) -> Iterator[Block]:
    """The same, but utterances that follow each other without a long pause, together."""
    start_ms = end_ms = 0
    texts: list[str] = []
    for each in _in_time(transcript):
        is_block = isinstance(each, Block)
        if texts and (
            is_block or each.start_ms - end_ms >= PAUSE_MS or each.start_ms - start_ms >= LONGEST_MS
        ):
            yield Block("said", start_ms, _joined(texts))
            texts = []
        if isinstance(each, Block):
            yield each
            continue
        if not texts:
            start_ms = max(each.start_ms, 0)
        texts.append(clean(each.text))
        end_ms = each.end_ms
    if texts:
        yield Block("said", start_ms, _joined(texts))


def _in_time(transcript: Transcript) -> Iterator[Passage | Block]:
    """Passages and remarks that have a text."""
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
        yield Block("heading" if remark.is_heading else "note", max(remark.at_ms, 0), text)


def _joined(texts: list[str]) -> str:
    """With spaces between them, but not in scripts that write none."""
    joined = texts[0]
    for before, text in pairwise(texts):
        wide = columns(before[-1]) == columns(text[0]) == 2
        joined += text if wide else f" {text}"
    return joined


def title(transcript: Transcript) -> str:
    return clean(transcript.title) or gettext("Untitled")


def facts(transcript: Transcript) -> str:
    """When it was said, in the order that sorts, and in which language."""
    moment = f"{transcript.created_at:%Y-%m-%d %H:%M}"
    return f"{moment}, {transcript.language}" if transcript.language else moment
