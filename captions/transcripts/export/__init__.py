"""Transcripts as files: one module a format, which yields the file's text piece by piece."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import json, srt, txt, vtt
from .transcript import Passage, Transcript

__all__ = ["FORMATS", "Format", "Passage", "Transcript", "render"]


@dataclass(frozen=True, slots=True)
class Format:
    """`name` is also the file name's extension; `label` and `purpose` are what a page calls it."""

    name: str
    label: str
    purpose: str
    media_type: str
    render: Callable[[Transcript], Iterator[str]]


FORMATS = {
    entry.name: entry
    for entry in (
        Format("srt", "SRT", "Subtitles", "application/x-subrip", srt.render),
        Format("vtt", "WebVTT", "Web captions", "text/vtt", vtt.render),
        Format("txt", "Text", "Plain", "text/plain", txt.render),
        Format("json", "JSON", "With word times", "application/json", json.render),
    )
}


def render(name: str, transcript: Transcript) -> Iterator[str]:
    """The text of a file of the format `name`, one of FORMATS, in pieces."""
    return FORMATS[name].render(transcript)
