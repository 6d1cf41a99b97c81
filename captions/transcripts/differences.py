"""The differences between two texts, word by word."""

from dataclasses import dataclass
from typing import Literal

import regex

from ..core.matching import BoundedMatcher

Kind = Literal["same", "removed", "added"]

# Scripts without spaces are compared character by character.
_WITHOUT_SPACES = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef"
)
_TOKEN = regex.compile(rf"\s+|(?=[{_WITHOUT_SPACES}])\X\p{{M}}*+|[^\s{_WITHOUT_SPACES}]+")


@dataclass(frozen=True, slots=True)
class TextChange:
    """A piece of text that is in both versions, only in the older one, or only in the newer one."""

    text: str
    kind: Kind


def differences(older: str, newer: str) -> tuple[TextChange, ...]:
    """The two texts as one list of changes; without `added` it spells the older text, without `removed` the newer."""
    before, after = _TOKEN.findall(older), _TOKEN.findall(newer)
    found: list[tuple[Kind, str]] = []
    for code, old_from, old_to, new_from, new_to in BoundedMatcher(before, after).get_opcodes():
        if code == "equal":
            found.append(("same", "".join(before[old_from:old_to])))
        else:
            found += [
                ("removed", "".join(before[old_from:old_to])),
                ("added", "".join(after[new_from:new_to])),
            ]
    return _merged(found)


def _merged(found: list[tuple[Kind, str]]) -> tuple[TextChange, ...]:
    """The changes merged: a space between two changed words counts as changed too, so that they read as one change."""
    merged: list[tuple[Kind, str]] = []
    for number, (kind, text) in enumerate(found):
        if not text:
            continue
        if kind == "same" and text.isspace() and 0 < number < len(found) - 1:
            merged += [("removed", text), ("added", text)]
        else:
            merged.append((kind, text))
    changes: list[TextChange] = []
    removed = added = ""
    merged.append(("same", ""))
    for kind, text in merged:
        if kind == "removed":
            removed += text
        elif kind == "added":
            added += text
        else:
            if removed:
                changes.append(TextChange(removed, "removed"))
            if added:
                changes.append(TextChange(added, "added"))
            removed = added = ""
            if text:
                changes.append(TextChange(text, "same"))
    return tuple(changes)
