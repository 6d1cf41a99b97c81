"""The second pass: transcribes the recording of a session again and proposes changes of its transcript.

An automatic second pass also accepts them.
"""

import os
from dataclasses import replace
from uuid import UUID

import httpx
import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from ..asr.engine.base import EngineError
from ..asr.offline.decoder import DecodeRequest
from ..asr.offline.media_error import MediaError
from ..jobs.signs_of_life import signs_of_life
from ..jobs.speech_settings import engine_choice
from ..jobs.transcribing import offline_job, transcribe
from ..models import (
    Proposal,
    ProposalItem,
    Recording,
    Session,
    TranscriptGap,
    WebhookDelivery,
    WebhookEvent,
)
from ..models.leased_job import LeaseLostError
from ..models.proposal import FAILED, READY, WORKING
from ..models.shared_clock import shared_now
from ..recordings.channels import sources
from ..recordings.fetched import copies_folder, fetched
from ..recordings.reading import FileMissingError
from ..speech.passage import Passage
from ..transcripts.changes import GoneError, locked_session
from . import deciding, voices
from .making import items_of

log = structlog.get_logger(__name__)

# A decoder may find slightly more sound than the recording's stated duration.
_SPARE_SECONDS = 60

_BROKE_OFF = gettext_noop(
    "Transcribing again was interrupted several times. Your transcript is unchanged. "
    "Ask whoever runs this server."
)
_MODEL = gettext_noop(
    "The server’s speech model is not working at the moment. Your transcript is unchanged. Try again later."
)
_SOUND = gettext_noop("The recording could not be read. Your transcript is unchanged.")
_GONE = gettext_noop("The recording was deleted in the meantime. Your transcript is unchanged.")


def listen_again(pk: UUID) -> None:
    """Does the work of a proposal; afterwards it is ready, or failed with a message for the user.

    It may be called more than once, also at the same time, and again after a crash.
    """
    proposal = Proposal.objects.select_related("session__user").claim(
        pk, shared_now(), state=WORKING, heard_ms=0, started_at=None
    )
    if proposal is None:
        return
    try:
        _listen(proposal)
    except (LeaseLostError, GoneError):
        return


def _listen(proposal: Proposal) -> None:
    """Leaves the proposal ready or failed. Raises LeaseLostError, GoneError."""
    if proposal.is_exhausted:
        log.error("second_pass_broken_off", session=str(proposal.session_id), attempts=proposal.MOST_ATTEMPTS)
        proposal.finish(state=FAILED, message=_BROKE_OFF)
        return
    recording = Recording.objects.kept().filter(session=proposal.session_id).first()
    if recording is None:
        proposal.finish(state=FAILED, message=_GONE)
        return
    # Imported here because web processes, which only request second passes, need no inference library.
    from ..asr.engine.choice import name_of

    proposal.renew(shared_now(), model=name_of(engine_choice(settings.SECOND_PASS_MODEL)))
    try:
        _store(proposal, *_transcribed(proposal, recording))
    except (MediaError, FileMissingError, OSError, httpx.HTTPError) as error:
        log.error("second_pass_without_sound", session=str(proposal.session_id), error=type(error).__name__)
        proposal.finish(state=FAILED, message=_SOUND)
    except EngineError as error:
        log.error("second_pass_not_decoded", session=str(proposal.session_id), error=str(error))
        proposal.finish(state=FAILED, message=_MODEL)


def _transcribed(proposal: Proposal, recording: Recording) -> tuple[list[Passage], voices.Turns]:
    """The passages of the recording, and who speaks when in each source, if that is wanted.

    Raises MediaError, FileMissingError, OSError, httpx.HTTPError, EngineError, LeaseLostError.
    """
    session = proposal.session
    copy = f"{proposal.pk}-{proposal.attempts}"
    alive = signs_of_life(proposal)
    found: list[Passage] = []
    turns: voices.Turns = {}
    with fetched(recording, copy, alive) as path, sources(session, path, copy, alive) as files:
        for number, (source, shared) in enumerate(files):
            file = DecodeRequest(
                os.fsencode(source), "The recording", recording.duration_ms / 1000 + _SPARE_SECONDS
            )
            job = offline_job(
                file,
                endpointing=session.wanted_endpointing,
                language=session.language,
                vocabulary=session.effective_vocabulary,
                model=settings.SECOND_PASS_MODEL,
                tell_speakers=proposal.tell_speakers,
            )
            heard = transcribe(proposal, job, part=(number, len(files)))
            # What is only suggested is not written yet.
            origin = heard.origin if proposal.automatic else replace(heard.origin, writers=())
            Session.all_objects.filter(pk=session.pk).note_origin(origin)
            found += [replace(passage, shared=shared) for passage in heard.undivided]
            turns[shared] = heard.turns
    return sorted(found, key=lambda passage: passage.start_ms), turns


@transaction.atomic
def _store(proposal: Proposal, passages: list[Passage], turns: voices.Turns) -> None:
    """Compares the passages with the current transcript and saves the proposal with its items, in one transaction.

    Who says which sentence is written at once: there is nothing to decide.

    Raises LeaseLostError, GoneError.
    """
    session = locked_session(proposal.session_id)
    voices.write(session, turns)
    proposal.finish(state=READY, heard_ms=proposal.duration_ms, heard_at=shared_now())
    items = items_of(proposal, passages)
    ProposalItem.objects.bulk_create(items, batch_size=500)
    _note(proposal, len(items))
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


def _note(proposal: Proposal, items: int) -> None:
    data = {"session": str(proposal.session_id), "items": items, "automatic": proposal.automatic}
    WebhookDelivery.objects.note(WebhookEvent.SECOND_PASS_READY, [(proposal.session.user_id, data)])


def sweep() -> None:
    """Deletes copies of recordings that no running second pass uses, and no recovery of a gap."""
    folder = copies_folder()
    copies = list(folder.iterdir()) if folder.is_dir() else []
    if not copies:
        return
    working = Proposal.objects.filter(state=WORKING).values_list("pk", "attempts")
    gaps = TranscriptGap.objects.pending().values_list("pk", "attempts")
    wanted = {f"{pk}-{attempts}" for pk, attempts in working}
    wanted |= {f"gap-{pk}-{attempts}" for pk, attempts in gaps}
    for copy in copies:
        # Those of the two sources of a recording have one more number.
        if not {copy.name, copy.name.rpartition("-")[0]} & wanted:
            copy.unlink(missing_ok=True)
