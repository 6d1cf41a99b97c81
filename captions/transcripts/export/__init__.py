"""Transcripts as files: one module per format, which yields the file piece by piece."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from . import docx, json, markdown, srt, txt, vtt
from .cues import Cue, cues
from .options import DEFAULTS, CueRules, Options
from .transcript import Remark, Transcript

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = [
    "DEFAULTS",
    "FORMATS",
    "CueRules",
    "Format",
    "Options",
    "Remark",
    "Transcript",
    "encode",
    "in_order",
    "render",
]

_CHUNK = 32 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    """A file format in which a transcript can be exported."""

    name: str
    """The key in FORMATS, and the file name's extension."""
    label: str
    """The format's name on a page."""
    purpose: "StrOrPromise"
    """What the format is for, as shown beside the label."""
    media_type: str
    render: Callable[[Transcript, Options], Iterator[str]]
    """Yields the file's text with LF line ends; for a binary format, the text that a reader sees in the document."""
    with_words: bool
    """Whether the format needs the words of a passage and their times."""
    uses: frozenset[str]
    """The names of the fields of Options that affect the file."""
    binary: Callable[[Transcript, Options], Iterator[bytes]] | None = None
    """Yields the file of a binary format; None for text formats."""
    of_cues: Callable[[Iterable[Cue], str], Iterator[str]] | None = None
    """Yields the text of the given cues, of a transcript in the given language, in a subtitle format; else None."""

    @property
    def is_text(self) -> bool:
        return self.binary is None

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; charset=utf-8" if self.is_text else self.media_type


def _cues(transcript: Transcript, options: Options) -> Iterator[Cue]:
    return cues(transcript.passages, options.cues, transcript.speakers)


FORMATS = {
    entry.name: entry
    for entry in (
        Format(
            "txt",
            "Text",
            pgettext_lazy("file format", "Plain text"),
            "text/plain",
            txt.render,
            with_words=False,
            uses=frozenset({"times", "paragraphs", "crlf"}),
        ),
        Format(
            "docx",
            "Word",
            "DOCX",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            docx.render,
            with_words=False,
            uses=frozenset({"times"}),
            binary=docx.encode,
        ),
        Format(
            "md",
            "Markdown",
            pgettext_lazy("file format", "With headings"),
            "text/markdown",
            markdown.render,
            with_words=False,
            uses=frozenset({"times", "crlf"}),
        ),
        Format(
            "srt",
            "SRT",
            pgettext_lazy("file format", "Subtitles"),
            "application/x-subrip",
            lambda transcript, options: srt.render(_cues(transcript, options)),
            with_words=True,
            uses=frozenset({"cues", "crlf"}),
            of_cues=lambda found, _: srt.render(found),
        ),
        Format(
            "vtt",
            "WebVTT",
            pgettext_lazy("file format", "Web subtitles"),
            "text/vtt",
            lambda transcript, options: vtt.render(_cues(transcript, options), transcript.language),
            with_words=True,
            uses=frozenset({"cues", "crlf"}),
            of_cues=vtt.render,
        ),
        Format(
            "json",
            "JSON",
            pgettext_lazy("file format", "With word timings"),
            "application/json",
            lambda transcript, _: json.render(transcript),
            with_words=True,
            uses=frozenset(),
        ),
    )
}


def in_order(usual: str) -> list[Format]:
    """All formats in the order in which a page shows them to somebody whose last one was `usual`.

    Texts come first; for those who make captions, subtitles do.
    """
    makes_captions = usual in FORMATS and FORMATS[usual].of_cues is not None
    return sorted(FORMATS.values(), key=lambda format: makes_captions and format.of_cues is None)


def render(name: str, transcript: Transcript, options: Options = DEFAULTS) -> Iterator[str]:
    """Yields the text of a transcript in the format `name`, a key of FORMATS, with LF line ends."""
    return FORMATS[name].render(transcript, options)


def encode(name: str, transcript: Transcript, options: Options = DEFAULTS) -> Iterator[bytes]:
    """Yields the file in the format `name`, a key of FORMATS, in chunks; text formats read the transcript lazily."""
    format = FORMATS[name]
    if format.binary:
        yield from format.binary(transcript, options)
        return
    crlf = options.crlf and "crlf" in format.uses
    chunk: list[str] = []
    size = 0
    for piece in format.render(transcript, options):
        chunk.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield _encoded(chunk, crlf)
            chunk, size = [], 0
    if chunk:
        yield _encoded(chunk, crlf)


def _encoded(pieces: list[str], crlf: bool) -> bytes:
    text = "".join(pieces)
    return (text.replace("\n", "\r\n") if crlf else text).encode("utf-8", "replace")
