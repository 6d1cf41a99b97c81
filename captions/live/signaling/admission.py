"""The database queries of signaling: whether an offer is admitted, and which finals are sent again."""

import uuid
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from ...models import ApiToken, Session, TranscriptGap, User
from ...models.shared_clock import shared_now
from ...protocol import messages
from ...protocol.commands import Open
from ...protocol.endpointing import Endpointing
from ...protocol.messages import MessageError
from ...speech.cleaning import CleaningKind
from ...speech.types import TimeRange
from ...transcripts.finals import as_messages, page_after
from ...transcripts.speakers import described, speakers_of
from ...webrtc.sections import offers_video
from ..room import locked, require_room

# The fields of a session that an offer changes.
_ADMITTED = (
    "gen",
    "active_at",
    "token",
    "via",
    "offered_video",
    "language",
    "vocabulary",
    "threshold",
    "prefix_ms",
    "silence_ms",
    "translate",
    "commands",
    "cleaning",
    "has_shared",
)


def find(user: User, session_id: uuid.UUID) -> Session:
    """The user's own session. Raises MessageError `trashed` for one in their trash, and `not_found` for another user's
    session as for none at all.
    """
    session = Session.all_objects.filter(user=user, pk=session_id).first()
    if session is None:
        raise MessageError("not_found", _("This dictation does not exist."))
    if session.trashed_at is not None:
        raise MessageError("trashed", _("This dictation was deleted."))
    return session


@transaction.atomic
def note_outages(user: User, session_id: uuid.UUID, outages: messages.Outages) -> list[TimeRange]:
    """Notes with the session where nothing was recorded. Raises MessageError.

    Returns what was delivered of it and is written by now: the page may have been away when it was told.
    """
    Session.objects.select_for_update().filter(user=user, pk=session_id).first()
    session = find(user, session_id)
    told = [TimeRange(*each) for each in outages.ranges]
    session.note_outages(told)
    written = [gap.time_range for gap in session.gaps.delivered().filled()]
    return [
        each
        for each in written
        if any(each.start_ms < range_.end_ms and range_.start_ms < each.end_ms for range_ in told)
    ]


def is_recovering(session: Session) -> bool:
    """Whether words of the session are still to be transcribed from its recording."""
    return TranscriptGap.objects.pending().filter(session=session).exists()


@dataclass(frozen=True, slots=True)
class Admitted:
    """The settings of a session whose offer was admitted, completed with those of its user's account."""

    language: str
    paused: bool
    endpointing: Endpointing
    vocabulary: tuple[str, ...] = field(repr=False)
    translate: bool = False
    commands: bool = False
    cleaning: CleaningKind = "off"

    def opening(
        self, session: str, offer: messages.Offer, reply: str, deadline: float, **options: Any
    ) -> Open:
        """The command with which a worker opens the connection of an offer, on whatever road; the options are those of
        `Open`.
        """
        return Open(
            session,
            offer.gen,
            offer.sdp,
            self.language,
            self.paused,
            reply,
            deadline,
            self.endpointing,
            self.vocabulary,
            offer.settings.shared,
            taped=offer.settings.taped,
            commands=self.commands,
            translate=self.translate,
            cleaning=self.cleaning,
            **options,
        )


@dataclass(frozen=True, slots=True)
class Program:
    """The program that sends the sound of a session: with which token, and in which dialect."""

    token: ApiToken
    via: str


@transaction.atomic
def admit(user: User, session_id: uuid.UUID, offer: messages.Offer) -> Admitted:
    """Stores the offer's `gen` and settings in its session. Raises MessageError if the offer is refused."""
    session = _open(user, session_id)
    if offer.gen <= session.gen:
        raise MessageError("stale_gen", f"The gen of an offer must be higher than {session.gen}.")
    return _admitted(session, offer)


@transaction.atomic
def admit_next(
    user: User, session_id: uuid.UUID, sdp: str, wanted: messages.Settings, program: Program
) -> tuple[messages.Offer, Admitted]:
    """Admits a program's offer, with the next `gen`. Raises MessageError if it is refused."""
    session = _open(user, session_id)
    # A token that is being revoked is awaited: either this refuses, or the revocation finds the session and ends it.
    usable = ApiToken.objects.usable(timezone.now())
    if usable.filter(pk=program.token.pk).select_for_update(of=("self",)).first() is None:
        raise MessageError("token_ended", _("This API token was revoked. Make a new one under “API tokens”."))
    offer = messages.Offer(session.gen + 1, sdp, wanted)
    return offer, _admitted(session, offer, program)


def _open(user: User, session_id: uuid.UUID) -> Session:
    session = find(locked(user.pk), session_id)
    if session.ended_at is not None:
        raise MessageError("session_ended", _("This dictation has ended. Start a new one."))
    return session


def _admitted(session: Session, offer: messages.Offer, program: Program | None = None) -> Admitted:
    require_room(session)
    session.gen, session.active_at = offer.gen, timezone.now()
    session.token, session.via = (program.token, program.via) if program else (None, "")
    session.offered_video |= offers_video(offer.sdp)
    wanted = offer.settings
    if wanted.language is not None:
        session.language = wanted.language
    if wanted.endpointing is not None:
        session.endpointing = wanted.endpointing
    if wanted.vocabulary is not None:
        session.vocabulary = list(wanted.vocabulary)
    if wanted.translate is not None:
        session.translate = wanted.translate
    if wanted.commands is not None:
        session.commands = wanted.commands
    if wanted.cleaning is not None:
        session.cleaning = wanted.cleaning
    session.has_shared |= wanted.shared
    session.save(update_fields=_ADMITTED)
    return Admitted(
        session.language,
        session.paused,
        session.wanted_endpointing,
        session.effective_vocabulary,
        session.wants_translation,
        session.wants_commands,
        session.wanted_cleaning,
    )


def end(user: User, session_id: uuid.UUID) -> tuple[Session, bool]:
    """Ends a session that no worker holds; also returns whether it is kept. Raises MessageError where there is none.

    A wordless one is deleted if no worker has heard anything of it; else a worker that died may have left words.
    """
    session = find(user, session_id)
    if session.state == "new" and not session.clock_ms and Session.objects.discard_wordless(session.pk):
        return session, False
    session.end(shared_now())
    return session, True


def finals(user: User, session_id: uuid.UUID, after_seq: int) -> list[dict[str, Any]]:
    """The next finals after `after_seq`, as messages: see `page_after`."""
    return as_messages(page_after(find(user, session_id).utterances.all(), after_seq))


def finals_of(user: User, session_id: uuid.UUID, seqs: list[int]) -> list[dict[str, Any]]:
    """Finals with these `seq`, as messages."""
    session = find(user, session_id)
    return as_messages(session.utterances.filter(seq__in=seqs).order_by("seq"), speakers_of(session))


def who_speaks(user: User, session_id: uuid.UUID) -> list[dict[str, Any]]:
    """Those who speak where they are told apart."""
    session = find(user, session_id)
    return described(session) if session.tells_speakers else []


def recheck(user: User, session_id: uuid.UUID, login: str | None) -> int:
    """Checks that the socket's login is still valid and its session still exists; returns the session's last `seq`.

    A login ends with a logout, with a new password, or when the account is disabled or deleted. Raises MessageError.
    """
    if not User.objects.filter(pk=user.pk, leaving_at=None).exists():
        raise MessageError("account_leaving", _("This account is being deleted, and this dictation with it."))
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(login)
    if get_user(request).pk != user.pk:
        raise MessageError("not_logged_in", _("You are logged out. Log in again."))
    return find(user, session_id).last_seq
