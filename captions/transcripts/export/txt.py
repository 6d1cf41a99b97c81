"""Plain text: one utterance per line, or paragraphs with an empty line between them; notes in brackets."""

from collections.abc import Iterator

from .options import Options
from .prose import Block, paragraphs, sentences
from .transcript import Transcript


def render(transcript: Transcript, options: Options) -> Iterator[str]:
    before: Block | None = None
    for block in (paragraphs if options.paragraphs else sentences)(transcript):
        # A heading has an empty line above and below it.
        apart = options.paragraphs or block.apart or "heading" in (block.kind, before and before.kind)
        gap = "\n" if before and apart else ""
        yield f"{gap}{_line(block, options)}\n"
        before = block


def _line(block: Block, options: Options) -> str:
    if block.kind == "note":
        return f"[{block.text}]"
    time = f"[{block.time}] " if options.times and block.kind == "said" else ""
    speaker = f"{block.speaker}: " if block.speaker else ""
    return f"{time}{speaker}{block.text}"
