"""How a summary is laid out: a title, headings, paragraphs and lists, from the little Markdown that models write."""

import re
from dataclasses import dataclass
from typing import Literal

from ..core.characters import shortened

LONGEST_TITLE = 200

_HEADING = re.compile(r"#{1,6}\s+(.+)")
_ITEM = re.compile(r"(?:[-*•–]|\d{1,3}[.)])\s+(?:\[[ xX]\]\s+)?(.+)")
# Bounded, so that no text takes long.
_EMPHASIS = re.compile(r"(\*\*|__)(?=\S)(.{1,200}?)(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class Block:
    """A heading or a paragraph has one line, a list one for each item."""

    kind: Literal["heading", "paragraph", "list"]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    title: str
    """Empty if the text begins with none."""
    blocks: tuple[Block, ...]


def laid_out(text: str) -> Layout:
    title = ""
    blocks: list[Block] = []
    is_open = False
    for raw in text.splitlines():
        line = _EMPHASIS.sub(r"\2", raw.strip())
        if not line or line.startswith("```"):
            is_open = False
            continue
        if heading := _HEADING.fullmatch(line):
            if not title and not blocks:
                title = shortened(heading[1], LONGEST_TITLE)
            else:
                blocks.append(Block("heading", (heading[1],)))
            is_open = False
        elif item := _ITEM.fullmatch(line):
            _add(blocks, "list", item[1])
            is_open = False
        elif is_open:
            blocks[-1] = Block("paragraph", (f"{blocks[-1].lines[0]} {line}",))
        else:
            blocks.append(Block("paragraph", (line,)))
            is_open = True
    return Layout(title, tuple(blocks))


def _add(blocks: list[Block], kind: Literal["list"], line: str) -> None:
    if blocks and blocks[-1].kind == kind:
        blocks[-1] = Block(kind, (*blocks[-1].lines, line))
    else:
        blocks.append(Block(kind, (line,)))
