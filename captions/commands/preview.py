"""What a page shows of a sentence that is still being spoken: its marks and line breaks. Nothing else is done yet."""

from ..core.marks import CLAUSE, OPENING, composed
from ..core.matching import ends
from .inline import Reading, Said
from .tables import Put, Table, table_of

_BEGINNINGS = OPENING + "\"'"


def previewed(stable: str, tentative: str, language: str) -> tuple[str, str]:
    """The stable and the tentative text of a partial as they are shown.

    What the next words may still change is shown as tentative, so that stable text grows and does not jump: the
    beginning of a phrase, and the marks and spaces behind the last word.
    """
    table = table_of(language)
    if table is None:
        return stable, tentative
    whole = _written(stable + _space(stable, tentative) + tentative, table)
    kept = _written(stable[: _settled(stable, table)].rstrip(f" {CLAUSE}" if tentative else " "), table)
    kept = kept[: ends(whole, kept)[0]]
    return kept, whole[len(kept) :]


def _space(stable: str, tentative: str) -> str:
    """What is between the two, which have no space at their ends: none before a mark."""
    begins_word = bool(tentative) and (tentative[0].isalnum() or tentative[0] in _BEGINNINGS)
    return " " if stable and begins_word else ""


def _written(text: str, table: Table) -> str:
    lead = text[: len(text) - len(text.lstrip(" "))]
    return lead + composed(text, Reading(text, table).places(), table.small)


def _settled(stable: str, table: Table) -> int:
    """How much of the stable text no further word makes a part of a command."""
    said = Reading(stable, table).said
    count = len(said)
    while (first := _waiting(said[:count], table)) < count:
        count = first
    return len(stable) if count == len(said) else said[count].start


def _waiting(said: list[Said], table: Table) -> int:
    """The first of the last words that wait for the next one; the number of words if none does."""
    for first in range(max(0, len(said) - table.longest), len(said)):
        if table.begins(tuple(word.key for word in said[first:])) or _waits(said[first:], table):
            return first
    return len(said)


def _waits(said: list[Said], table: Table) -> bool:
    """Whether these words are a command that is about the next word."""
    command = table.inline.get(tuple(word.key for word in said))
    return command is not None and not (isinstance(command, Put) and command.glue != "join")
