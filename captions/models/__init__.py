from .note import LONGEST_NOTE, Note, NoteKind
from .recording import Recording
from .session import SPOKEN_LANGUAGE, Session, SessionSource, SessionState
from .tag import LONGEST_TAG, MOST_TAGS, Tag
from .upload import Upload, UploadState
from .user import User
from .utterance import Utterance
from .versions import ChangeKind

__all__ = [
    "LONGEST_NOTE",
    "LONGEST_TAG",
    "MOST_TAGS",
    "SPOKEN_LANGUAGE",
    "ChangeKind",
    "Note",
    "NoteKind",
    "Recording",
    "Session",
    "SessionSource",
    "SessionState",
    "Tag",
    "Upload",
    "UploadState",
    "User",
    "Utterance",
]
