"""What a receiver answers to an action that was spoken: JSON with `say`, `insert` or both. All else is ignored."""

from dataclasses import dataclass

from ..core.invisible import without_invisible
from ..core.json_text import decoded
from ..core.vocabulary import EntryError, without_tricks
from ..models.spoken_action import LONGEST_ACTION_TEXT
from ..models.webhook import LONGEST_SAID


@dataclass(frozen=True, slots=True)
class Answer:
    say: str = ""
    """What the page is to show; one line."""
    insert: str = ""
    """What is to be text of the transcript, in the place of what was said."""


NOTHING = Answer()


def read(body: bytes) -> Answer:
    """The answer in a body; NOTHING in one that was cut off, or is anything else."""
    try:
        content = decoded(body)
    except ValueError:
        return NOTHING
    if not isinstance(content, dict):
        return NOTHING
    say, insert = content.get("say"), content.get("insert")
    return Answer(
        _line(say) if isinstance(say, str) else "",
        _lines(insert) if isinstance(insert, str) and len(insert) <= LONGEST_ACTION_TEXT else "",
    )


def _line(text: str) -> str:
    """What may be shown; nothing of what is too long, or has characters that nobody sees."""
    try:
        return without_tricks(" ".join(text.split()), LONGEST_SAID, "")
    except EntryError:
        return ""


def _lines(text: str) -> str:
    return "\n".join(without_invisible(line.replace("\t", " ")) for line in text.split("\n"))
