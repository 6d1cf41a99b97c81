"""A transcript as something to read: its paragraphs, and what stands above them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from .pieces import clean, columns
from .times import clock
from .transcript import Passage, Transcript

PAUSE_MS = 2_000
"""After a silence as long as this a new paragraph begins."""
LONGEST_MS = 60_000
"""And with the first sentence that begins so long after its paragraph began."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """`text` is one line and never empty."""

    start_ms: int
    text: str

    @property
    def time(self) -> str:
        return clock(self.start_ms)


def sentences(passages: Iterable[Passage]) -> Iterator[Paragraph]:
    """Each utterance by itself."""
    for passage in passages:
        text = clean(passage.text)
        if text:
            yield Paragraph(max(passage.start_ms, 0), text)


def paragraphs(passages: Iterable[Passage]) -> Iterator[Paragraph]:
    """Utterances that follow each other without a long pause, together."""
    start_ms = end_ms = 0
    texts: list[str] = []
    for passage in passages:
        text = clean(passage.text)
        if not text:
            continue
        if texts and (passage.start_ms - end_ms >= PAUSE_MS or passage.start_ms - start_ms >= LONGEST_MS):
            yield Paragraph(start_ms, _joined(texts))
            texts = []
        if not texts:
            start_ms = max(passage.start_ms, 0)
        texts.append(text)
        end_ms = passage.end_ms
    if texts:
        yield Paragraph(start_ms, _joined(texts))


def _joined(texts: list[str]) -> str:
    """With spaces between them, but not in scripts that write none."""
    joined = texts[0]
    for before, text in pairwise(texts):
        wide = columns(before[-1]) == columns(text[0]) == 2
        joined += text if wide else f" {text}"
    return joined


def title(transcript: Transcript) -> str:
    return clean(transcript.title) or "Untitled"


def facts(transcript: Transcript) -> str:
    """When it was said, in the order that sorts, and in which language."""
    moment = f"{transcript.created_at:%Y-%m-%d %H:%M}"
    return f"{moment}, {transcript.language}" if transcript.language else moment
