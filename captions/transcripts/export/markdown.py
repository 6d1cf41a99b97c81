"""Markdown (CommonMark): title, facts, headings, paragraphs, and notes as quotations.

All characters of the transcript that could be mark-up are escaped.
"""

import re
from collections.abc import Iterator

from .options import Options
from .prose import facts, paragraphs, title
from .transcript import Transcript

# Characters that may begin mark-up anywhere, also in dialects with tables, formulas, strike-through or automatic links.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>&~|$#^!]|:(?=//)|@|(?<=www)\.")
# Characters that begin a heading, a list or a rule, but only at the beginning of a line.
_AT_THE_BEGINNING = re.compile(r"^(?:(\d+)(?=[.)])|(?=[-+=:]))")

_BEGINNINGS = {"said": "", "heading": "## ", "note": "> "}


def render(transcript: Transcript, options: Options) -> Iterator[str]:
    yield f"# {_escaped(title(transcript))}\n\n{_escaped(facts(transcript))}\n"
    for block in paragraphs(transcript):
        time = f"**{block.time}** " if options.times and block.kind == "said" else ""
        speaker = f"**{_escaped(block.speaker)}:** " if block.speaker else ""
        yield f"\n{_BEGINNINGS[block.kind]}{time}{speaker}{_escaped(block.text)}\n"


def _escaped(text: str) -> str:
    lines = [_AT_THE_BEGINNING.sub(r"\1\\", _ANYWHERE.sub(r"\\\g<0>", line)) for line in text.split("\n")]
    # Without the backslash, a line break would be a space.
    return "\\\n".join(lines)
