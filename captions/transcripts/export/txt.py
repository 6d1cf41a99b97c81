"""Plain text: one utterance a line, or paragraphs with an empty line between them."""

from collections.abc import Iterator

from .options import Options
from .prose import paragraphs, sentences
from .transcript import Transcript


def render(transcript: Transcript, options: Options) -> Iterator[str]:
    found = (paragraphs if options.paragraphs else sentences)(transcript.passages)
    gap = ""
    for each in found:
        time = f"[{each.time}] " if options.times else ""
        yield f"{gap}{time}{each.text}\n"
        gap = "\n" if options.paragraphs else ""
