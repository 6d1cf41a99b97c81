"""The second pass: listens to the recording of a session once more, and proposes what its transcript could read.

One that is automatic proposes nothing: it has the transcript read so.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from ..asr.engine.base import EngineError, Wanted
from ..asr.offline.decoder import DecodeRequest
from ..asr.offline.listener import Ended, Progress, listen
from ..asr.offline.media_error import MediaError
from ..asr.offline.transcriber import OfflineJob
from ..jobs.speech_settings import endpoint_settings, wanted_model
from ..models import Proposal, ProposalItem, Recording
from ..models.proposal import FAILED, MOST_ATTEMPTS, READY, WORKING
from ..recordings.fetched import copies_folder, fetched
from ..recordings.reading import MissingError
from ..speech.passage import Passage
from ..transcripts.changes import GoneError, locked_session
from . import deciding
from .making import items_of

log = structlog.get_logger(__name__)

# What went wrong with the model is tried once more.
_TRIES = 2
_TICK = timedelta(seconds=1)
# A recording says how long it is; a decoder may find a little more.
_SPARE_SECONDS = 60

_BROKE_OFF = gettext_noop(
    "The server broke off listening again and again. Your transcript is as it was. Ask its administrator."
)
_MODEL = gettext_noop(
    "The server’s speech model does not work at the moment. Your transcript is as it was. Try again later."
)
_SOUND = gettext_noop("The sound could not be read. Your transcript is as it was.")
_GONE = gettext_noop("The sound was deleted meanwhile. Your transcript is as it was.")


class _UnwantedError(Exception):
    """The proposal is gone or cancelled, or somebody else works on it."""


def listen_again(pk: UUID) -> None:
    """Brings a proposal that was asked for to its end: it is ready, or its person is told what is wrong.

    It may be called twice, and at the same time; and again when it did not return.
    """
    proposal = Proposal.objects.select_related("session__user").filter(pk=pk).first()
    if proposal is None:
        return
    _give_up(proposal)
    # Only now: web processes, which only ask for it, need no inference library.
    from ..asr.engine.model_files import name_of

    if not proposal.begin(timezone.now(), name_of(second_model())):
        return
    try:
        _listen(proposal)
    except (_UnwantedError, GoneError):
        return


def second_model() -> Wanted:
    """The model that listens again."""
    return wanted_model(settings.SECOND_PASS_MODEL)


def _give_up(proposal: Proposal) -> None:
    """Ends one that has ended one worker after the other."""
    stalled = Proposal.objects.stalled(timezone.now()).filter(pk=proposal.pk, attempts__gte=MOST_ATTEMPTS)
    if stalled.update(state=FAILED, message=_BROKE_OFF):
        log.error("second_pass_broken_off", session=str(proposal.session_id), attempts=proposal.attempts)


def _listen(proposal: Proposal) -> None:
    """Leaves the proposal ready or failed. Raises _UnwantedError, GoneError."""
    recording = Recording.objects.kept().filter(session=proposal.session_id).first()
    if recording is None:
        _say(proposal, state=FAILED, message=_GONE)
        return
    for last in range(1, _TRIES + 1):
        try:
            _store(proposal, _heard(proposal, recording))
            return
        except (MediaError, MissingError, OSError, httpx.HTTPError) as error:
            log.error(
                "second_pass_without_sound", session=str(proposal.session_id), error=type(error).__name__
            )
            _say(proposal, state=FAILED, message=_SOUND)
            return
        except EngineError as error:
            log.error("second_pass_not_decoded", session=str(proposal.session_id), error=str(error))
            if last == _TRIES or not error.retryable:
                _say(proposal, state=FAILED, message=_MODEL)
                return
            _say(proposal, heard_ms=0, started_at=timezone.now())


def _heard(proposal: Proposal, recording: Recording) -> list[Passage]:
    """What is said in the recording. Raises MediaError, MissingError, OSError, EngineError, _UnwantedError."""
    passages: list[Passage] = []
    copy = f"{proposal.pk}-{proposal.attempts}"
    with fetched(recording, copy, _now_and_then(lambda: _say(proposal))) as path:
        wish = DecodeRequest(str(path), "The recording", recording.duration_ms / 1000 + _SPARE_SECONDS)
        with closing(listen(_job(proposal, wish))) as events:
            for event in events:
                match event:
                    case Passage():
                        passages.append(event)
                    case Progress():
                        _say(proposal, heard_ms=min(event.heard_ms, proposal.duration_ms))
                    case Ended():
                        return passages
    raise EngineError("The listening ended without an end.")


def _job(proposal: Proposal, wish: DecodeRequest) -> OfflineJob:
    session = proposal.session
    return OfflineJob(
        file=wish,
        model=second_model(),
        endpoints=session.wanted_endpointing.apply(endpoint_settings()),
        language=session.language or settings.WHISPER_LANGUAGE,
        hotwords=session.words_to_expect,
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
    )


@transaction.atomic
def _store(proposal: Proposal, passages: list[Passage]) -> None:
    """The proposal with all its items, compared with the transcript as it stands now; or nothing.

    Raises _UnwantedError, GoneError.
    """
    locked_session(proposal.session_id)
    if not Proposal.objects.select_for_update().filter(pk=proposal.pk).exists():
        raise _UnwantedError
    items = items_of(proposal, passages)
    ProposalItem.objects.bulk_create(items, batch_size=500)
    _say(proposal, state=READY, heard_ms=proposal.duration_ms, heard_at=timezone.now())
    if proposal.automatic:
        deciding.accept_all(proposal.session, None)
    log.info(
        "second_pass_ready",
        session=str(proposal.session_id),
        model=proposal.model,
        duration_ms=proposal.duration_ms,
        items=len(items),
        automatic=proposal.automatic,
    )


def _say(proposal: Proposal, **fields: Any) -> None:
    """Writes how it stands. Raises _UnwantedError."""
    if not proposal.note(timezone.now(), **fields):
        raise _UnwantedError


def _now_and_then(action: Callable[[], None]) -> Callable[[], None]:
    """The action, done once a second at most."""
    done_at = timezone.now()

    def act() -> None:
        nonlocal done_at
        if timezone.now() - done_at >= _TICK:
            done_at = timezone.now()
            action()

    return act


def sweep() -> None:
    """Deletes copies of sound that nobody listens to."""
    folder = copies_folder()
    copies = list(folder.iterdir()) if folder.is_dir() else []
    if not copies:
        return
    working = Proposal.objects.filter(state=WORKING).values_list("pk", "attempts")
    wanted = {f"{pk}-{attempts}" for pk, attempts in working}
    for copy in copies:
        if copy.name not in wanted:
            copy.unlink(missing_ok=True)
