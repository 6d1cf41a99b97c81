"""Writes down what a worker heard and did not: the stretches of sessions that are noted as missed, each once."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from redis import RedisError

from ..asr.engine.base import EngineError
from ..asr.offline.decoder import DecodeRequest
from ..asr.offline.listener import Ended, listen
from ..asr.offline.media_error import MediaError
from ..asr.offline.transcriber import OfflineJob
from ..jobs.speech_settings import endpoint_settings, wanted_model
from ..models import Missed, Session
from ..protocol import messages
from ..protocol.commands import group
from ..recordings.cutting import cut
from ..recordings.parts import RecordingBusyError
from ..speech.passage import Passage
from ..transcripts.final_writer import FinalRecord
from ..transcripts.final_writer.saving import AwayError, Saved, save

log = structlog.get_logger(__name__)

# Over a day, for the pauses between them grow.
_MOST_ATTEMPTS = 30
_SIGN_OF_LIFE = timedelta(seconds=20)


def recover_all() -> int:
    """Works on every stretch that is due; how many utterances came of it.

    It may be done twice, at the same time, and again when it did not return: of each stretch utterances are written
    once, and none where its worker, or somebody else, has written meanwhile. Raises AwayError.
    """
    written = 0
    for pk in list(Missed.objects.due(timezone.now()).values_list("pk", flat=True)):
        missed = Missed.objects.claim(pk, timezone.now())
        if missed is None:
            continue
        try:
            written += _recover(missed)
        except (RecordingBusyError, OSError, MediaError) as error:
            _put_off(missed, error)
        except EngineError as error:
            _put_off(missed, error)
            # Where the model does not work, the others would only keep files waiting; the next round begins with them.
            break
        except AwayError:
            raise
        except Exception as error:
            # The others must not wait for this one.
            log.exception("missed_not_recovered", session=str(missed.session_id))
            _put_off(missed, error)
    return written


def _put_off(missed: Missed, error: Exception) -> None:
    now = timezone.now()
    given_up = missed.attempts >= _MOST_ATTEMPTS
    if given_up:
        missed.finish(now)
        _tell(missed, [])
    else:
        missed.put_off(now)
    if given_up or not isinstance(error, RecordingBusyError):
        log.warning(
            "missed_given_up" if given_up else "missed_put_off",
            session=str(missed.session_id),
            milliseconds=missed.end_ms - missed.start_ms,
            attempts=missed.attempts,
            error=str(error),
        )


def _recover(missed: Missed) -> int:
    """Raises RecordingBusyError, OSError, MediaError, EngineError, AwayError."""
    passages: list[Passage] = []
    # Its person may have deleted the sound since.
    if missed.session.keep_sound:
        with cut(missed.session, missed.stretch, growing=missed.undecoded) as path:
            passages = [] if path is None else _listen(missed, path)
    saved = _store(missed, passages)
    if saved is None:
        return 0
    log.info(
        "missed_recovered",
        session=str(missed.session_id),
        milliseconds=missed.end_ms - missed.start_ms,
        utterances=len(saved),
    )
    _tell(missed, saved)
    return len(saved)


def _listen(missed: Missed, path: Path) -> list[Passage]:
    """What is said in the stretch, on its own clock. Raises MediaError, EngineError, OSError."""
    session, passages = missed.session, []
    alive_at = timezone.now()
    job = OfflineJob(
        file=DecodeRequest(str(path), "The sound of a dictation", settings.LIMIT_SESSION_SECONDS * 2),
        model=wanted_model(),
        endpoints=session.wanted_endpointing.apply(endpoint_settings()),
        language=session.heard_language or settings.WHISPER_LANGUAGE,
        hotwords=session.words_to_expect,
        compute_type=settings.WHISPER_COMPUTE_TYPE,
        cpu_threads=settings.WHISPER_CPU_THREADS,
    )
    with closing(listen(job)) as events:
        for event in events:
            if isinstance(event, Passage):
                passages.append(event)
            elif isinstance(event, Ended):
                return passages
            if timezone.now() - alive_at > _SIGN_OF_LIFE:
                alive_at = timezone.now()
                missed.at_work(alive_at)
    raise EngineError("The listening ended without an end.")


@transaction.atomic
def _store(missed: Missed, passages: list[Passage]) -> list[Saved] | None:
    """What was said is written and the stretch at an end, or None: others have written there meanwhile.

    Raises AwayError.
    """
    session = Session.objects.select_for_update().filter(pk=missed.session_id).first()
    as_it_is = Missed.objects.open().select_for_update().filter(pk=missed.pk).first()
    if session is None or as_it_is is None:
        return None
    now = timezone.now()
    if as_it_is.start_ms != missed.start_ms:
        Missed.objects.filter(pk=missed.pk).update(due_at=now)
        return None
    outcomes = save([_record(missed, passage) for passage in passages])
    saved = [outcome for outcome in outcomes if isinstance(outcome, Saved)]
    if len(saved) < len(outcomes):
        log.error("recovered_words_refused", session=str(session.pk), count=len(outcomes) - len(saved))
    last_ms = max((each.record.end_ms for each in saved), default=0)
    # The last that was known of its clock is older than what was said last.
    Session.objects.filter(pk=session.pk, clock_ms__lt=last_ms).exclude(ended_at=None).update(
        clock_ms=last_ms
    )
    as_it_is.finish(now, len(saved))
    return saved


def _record(missed: Missed, passage: Passage) -> FinalRecord:
    # A word may reach a little further than the sound that it was heard in.
    start_ms = min(missed.start_ms + passage.start_ms, missed.end_ms - 1)
    return FinalRecord(
        session_id=missed.session_id,
        key=uuid4(),
        start_ms=start_ms,
        end_ms=max(missed.start_ms + passage.end_ms, start_ms + 1),
        text=passage.text,
        words=tuple(word.shifted(missed.start_ms) for word in passage.words),
        confidence=passage.confidence,
        language=passage.language,
    )


def _tell(missed: Missed, saved: list[Saved]) -> None:
    """A hint to the pages of the session; they get what they missed of it by `seq`."""
    told: list[dict[str, Any]] = [each.record.message(each.seq) for each in saved]
    told.append(messages.recovered(start_ms=missed.start_ms, end_ms=missed.end_ms))
    send = async_to_sync(get_channel_layer().group_send)
    try:
        for payload in told:
            send(group(str(missed.session_id)), {"type": "session.event", "payload": payload})
    except (RedisError, OSError) as error:
        log.warning("event_not_sent", error=type(error).__name__)
