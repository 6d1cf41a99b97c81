from .note import LONGEST_NOTE, Note, NoteKind
from .recording import Recording
from .session import Session, SessionState
from .user import User
from .utterance import Utterance
from .versions import ChangeKind

__all__ = [
    "LONGEST_NOTE",
    "ChangeKind",
    "Note",
    "NoteKind",
    "Recording",
    "Session",
    "SessionState",
    "User",
    "Utterance",
]
