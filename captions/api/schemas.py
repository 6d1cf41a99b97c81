"""What the operations take and answer. Times within a session are milliseconds of its clock."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Field, Schema


class ErrorOut(Schema):
    code: str
    message: str = Field(description="A sentence for a person.")


class SessionOut(Schema):
    id: UUID
    title: str = Field(description="Empty while it has none.")
    proposed_title: str = Field(description="Its first words, if it has no title.")
    state: Literal["new", "live", "paused", "ended"]
    source: Literal["live", "file"]
    language: str = Field(description="The code of the spoken language; empty if it is not known yet.")
    created_at: datetime
    ended_at: datetime | None
    duration_ms: int
    words: int
    favourite: bool
    tags: list[str]
    written_by: list[str] = Field(
        description="What has written its text, in that order: names of models, some with the host of their service."
    )
    sent_seconds: float = Field(description="Of sound that was sent elsewhere for its text.")


class SessionsOut(Schema):
    items: list[SessionOut]
    count: int = Field(description="Of all pages.")


class SessionIn(Schema):
    title: str | None = Field(None, max_length=200)
    favourite: bool | None = None


class WordOut(Schema):
    start_ms: int
    end_ms: int
    text: str
    probability: float


class UtteranceOut(Schema):
    seq: int = Field(description="In the order of saving; never given twice.")
    version: int
    start_ms: int
    end_ms: int
    text: str
    language: str
    confidence: float | None
    corrected: bool
    translation: str = Field(description="In English; empty if it was not translated while it was spoken.")
    shared: bool = Field(description="Whether it is from the shared sound, rather than from the microphone.")
    speaker: int = Field(description="The number of the voice; 0 where voices were not told apart.")
    words: list[WordOut]


class UtterancesOut(Schema):
    items: list[UtteranceOut]
    next_after: int | None = Field(description="`after` for the next page; null at the end.")


class SpeakerOut(Schema):
    shared: bool = Field(description="Whether in the shared sound, rather than at the microphone.")
    number: int = Field(description="Of the voice; 0 is the source itself.")
    name: str = Field(description="Empty while none was given.")
    usual: str = Field(description="What they are called without a name.")


class SpeakersOut(Schema):
    items: list[SpeakerOut]


class SpeakerIn(Schema):
    shared: bool = False
    number: int = Field(0, ge=0)
    name: str = Field(description="Empty to take the name away.", max_length=1_000)


class SpeakersIn(Schema):
    items: list[SpeakerIn] = Field(max_length=100)


class UtteranceIn(Schema):
    text: str | None = Field(None, description="Empty to remove the sentence from the transcript.")
    speaker: Annotated[int, Field(ge=0, lt=2**15)] | Literal["new"] | None = Field(
        None, description="The number of another voice of its source, or `new` for one that has none yet."
    )
    version: int = Field(description="The version that was read before. If it is another by now: 409.")


class PartOut(Schema):
    text: str
    hit: bool


class HitOut(Schema):
    seq: int
    at_ms: int
    language: str
    parts: list[PartOut]


class FoundOut(Schema):
    session: SessionOut
    hits: list[HitOut] = Field(description="The best three.")
    more: int = Field(description="How many further sentences match.")
    speakers: list[str] = Field(description="The names that match, of those who speak in it.")


class SearchOut(Schema):
    searched: str = Field(
        description="What was searched for: the corrected words, if nothing else was found."
    )
    items: list[FoundOut]
    count: int


class UploadOut(Schema):
    id: UUID
    name: str
    size: int
    state: Literal["receiving", "waiting", "working", "done", "failed"]
    percent: int | None
    message: str = Field(description="What went wrong or is missing; may be empty.")
    session: UUID | None = Field(description="Its transcript, once it is done.")


class TokenOut(Schema):
    name: str
    begins: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None


class WebhookIn(Schema):
    name: str = Field(max_length=60)
    address: str = Field(description="HTTPS, on the internet, unless the server allows others.")
    events: list[str] = Field(description="The types of events that it is told of.")
    with_text: bool = Field(False, description="Whether words, titles and names of files are sent along.")


class WebhookChangeIn(Schema):
    name: str | None = Field(None, max_length=60)
    address: str | None = None
    events: list[str] | None = None
    with_text: bool | None = None
    is_on: bool | None = None


class WebhookOut(Schema):
    id: int
    name: str
    host: str = Field(description="Of its address, which is not shown.")
    events: list[str]
    with_text: bool
    is_on: bool
    problem: str = Field(description="Why the server has switched it off; may be empty.")
    failing_since: datetime | None = Field(
        description="When the first post failed since the last one that was taken."
    )
    created_at: datetime


class WebhookMadeOut(WebhookOut):
    secret: str = Field(description="With which posts are signed. Nothing shows it again.")


class WebhookSecretOut(Schema):
    secret: str


class DeliveryOut(Schema):
    id: UUID
    webhook_id: str = Field(description="As in the header `webhook-id`.")
    type: str
    at: datetime = Field(description="Of the event.")
    state: Literal["waiting", "delivered", "failed"]
    status: int | None = Field(description="Of the last answer.")
    problem: str = Field(description="Why there was none; may be empty.")
    attempts: int
    said: str = Field(description="What was answered to be shown; may be empty.")
    tried_at: datetime | None
    next_at: datetime | None = Field(description="When it is tried next; null if it is not.")


class ActionIn(Schema):
    name: str = Field(max_length=60)
    phrase: str = Field(
        max_length=200, description="What is said, such as `[please] (turn|switch) on [the] {device}`."
    )
    does: Literal["send", "ask", "write"] = Field(
        description="Whether webhooks are told of it, at once or after a yes, or a text is written."
    )
    text: str = Field("", max_length=2_000, description="The text, for `write`; `{device}` is what was said.")


class ActionChangeIn(Schema):
    name: str | None = Field(None, max_length=60)
    phrase: str | None = Field(None, max_length=200)
    does: Literal["send", "ask", "write"] | None = None
    text: str | None = Field(None, max_length=2_000)


class ActionOut(Schema):
    id: int
    name: str
    phrase: str
    does: Literal["send", "ask", "write"]
    text: str


class TryIn(Schema):
    said: str = Field(max_length=1_000)


class TriedOut(Schema):
    action: ActionOut | None = Field(description="The action that it would be; null if it is text.")
    slots: dict[str, str]
    text: str = Field(description="What would be written; empty if nothing would.")
