from .access import Access, AccessKind
from .api_token import LONGEST_TOKEN_NAME, MOST_TOKENS, ApiToken, Scope, in_order
from .archive import Archive, ArchiveState
from .caption_output import MOST_OUTPUTS, CaptionOutput, OutputKind
from .file_request import FileRequest
from .note import LONGEST_NOTE, Note, NoteKind
from .proposal import ItemState, Proposal, ProposalItem, ProposalState
from .recording import Recording
from .review import PlaceKind, Review, ReviewedPlace, ReviewState
from .session import SPOKEN_LANGUAGE, Devices, Session, SessionSource, SessionState
from .share import MOST_SHARES, Share
from .speaker_name import LONGEST_SPEAKER_NAME, SpeakerName
from .spoken_action import MOST_ACTIONS, ActionDoes, SpokenAction, SpokenCall
from .spoken_word import GoneWord, SpokenWord
from .summary import LONGEST_PROMPT, USUAL_PROMPT, Summary, SummaryState
from .tag import LONGEST_TAG, MOST_TAGS, Tag
from .transcript_gap import TranscriptGap
from .upload import Upload, UploadState
from .user import LAST_LANGUAGE, Theme, User
from .utterance import Utterance
from .versions import NOT_BY_HAND, ChangeKind
from .webhook import (
    LONGEST_WEBHOOK_NAME,
    MOST_WEBHOOKS,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

__all__ = [
    "LAST_LANGUAGE",
    "LONGEST_NOTE",
    "LONGEST_PROMPT",
    "LONGEST_SPEAKER_NAME",
    "LONGEST_TAG",
    "LONGEST_TOKEN_NAME",
    "LONGEST_WEBHOOK_NAME",
    "MOST_ACTIONS",
    "MOST_OUTPUTS",
    "MOST_SHARES",
    "MOST_TAGS",
    "MOST_TOKENS",
    "MOST_WEBHOOKS",
    "NOT_BY_HAND",
    "SPOKEN_LANGUAGE",
    "USUAL_PROMPT",
    "Access",
    "AccessKind",
    "ActionDoes",
    "ApiToken",
    "Archive",
    "ArchiveState",
    "CaptionOutput",
    "ChangeKind",
    "Devices",
    "FileRequest",
    "GoneWord",
    "ItemState",
    "Note",
    "NoteKind",
    "OutputKind",
    "PlaceKind",
    "Proposal",
    "ProposalItem",
    "ProposalState",
    "Recording",
    "Review",
    "ReviewState",
    "ReviewedPlace",
    "Scope",
    "Session",
    "SessionSource",
    "SessionState",
    "Share",
    "SpeakerName",
    "SpokenAction",
    "SpokenCall",
    "SpokenWord",
    "Summary",
    "SummaryState",
    "Tag",
    "Theme",
    "TranscriptGap",
    "Upload",
    "UploadState",
    "User",
    "Utterance",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "in_order",
]
