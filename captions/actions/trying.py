"""What a sentence would do, if it were spoken. Nothing is done."""

from dataclasses import dataclass

from ..commands.tables import LANGUAGES, phrase_of, table_of
from ..commands.template import Slots, filled
from ..models import ActionDoes, SpokenAction, User
from ..transcripts.acting import chosen


@dataclass(frozen=True, slots=True)
class Tried:
    """`action` is the one that the sentence is, with its `slots`; None if it is none. `is_command` says that in some
    language it is a command of everybody's, which comes first.
    """

    action: SpokenAction | None
    slots: Slots
    is_command: bool = False

    @property
    def text(self) -> str:
        """What is written; empty if nothing is."""
        is_written = self.action is not None and self.action.does == ActionDoes.WRITE
        return filled(self.action.text, self.slots) if self.action and is_written else ""


def tried(user: User, text: str) -> Tried:
    phrase = phrase_of(text)
    tables = filter(None, map(table_of, sorted(LANGUAGES)))
    is_command = any(phrase in table.whole for table in tables)
    found = None if is_command else chosen(user, text)
    return Tried(found[0], found[1]) if found else Tried(None, {}, is_command)
