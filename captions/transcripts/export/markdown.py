"""Markdown (CommonMark): title, facts, headings, paragraphs, and notes as quotations.

What was said is text, whatever signs are in it.
"""

import re
from collections.abc import Iterator

from .options import Options
from .prose import facts, paragraphs, title
from .transcript import Transcript

# What may begin mark-up anywhere, also in the dialects with tables, formulas and strike-through.
_ANYWHERE = re.compile(r"[\\`*_\[\]<>&~|$#^!]|:(?=//)|@|(?<=www)\.")
# What makes a heading, a list, a rule, a quotation or a fence only where a line begins.
_AT_THE_BEGINNING = re.compile(r"^(?:(\d+)(?=[.)])|(?=[-+=:]))")

_BEGINNINGS = {"said": "", "heading": "## ", "note": "> "}


def render(transcript: Transcript, options: Options) -> Iterator[str]:
    yield f"# {_escaped(title(transcript))}\n\n{_escaped(facts(transcript))}\n"
    for block in paragraphs(transcript):
        time = f"**{block.time}** " if options.times and block.kind == "said" else ""
        yield f"\n{_BEGINNINGS[block.kind]}{time}{_escaped(block.text)}\n"


def _escaped(text: str) -> str:
    return _AT_THE_BEGINNING.sub(r"\1\\", _ANYWHERE.sub(r"\\\g<0>", text))
