from .access import Access, AccessKind
from .archive import Archive, ArchiveState
from .note import LONGEST_NOTE, Note, NoteKind
from .proposal import ItemState, Proposal, ProposalItem, ProposalState
from .recording import Recording
from .review import PlaceKind, Review, ReviewedPlace, ReviewState
from .session import SPOKEN_LANGUAGE, Session, SessionSource, SessionState
from .spoken_word import GoneWord, SpokenWord
from .tag import LONGEST_TAG, MOST_TAGS, Tag
from .transcript_gap import TranscriptGap
from .upload import Upload, UploadState
from .user import LAST_LANGUAGE, Theme, User
from .utterance import Utterance
from .versions import ChangeKind

__all__ = [
    "LAST_LANGUAGE",
    "LONGEST_NOTE",
    "LONGEST_TAG",
    "MOST_TAGS",
    "SPOKEN_LANGUAGE",
    "Access",
    "AccessKind",
    "Archive",
    "ArchiveState",
    "ChangeKind",
    "GoneWord",
    "ItemState",
    "Note",
    "NoteKind",
    "PlaceKind",
    "Proposal",
    "ProposalItem",
    "ProposalState",
    "Recording",
    "Review",
    "ReviewState",
    "ReviewedPlace",
    "Session",
    "SessionSource",
    "SessionState",
    "SpokenWord",
    "Tag",
    "Theme",
    "TranscriptGap",
    "Upload",
    "UploadState",
    "User",
    "Utterance",
]
