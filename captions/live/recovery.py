"""Recovers gaps: transcribes the sound of a session in the time ranges that no worker has transcribed."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction
from redis import RedisError

from ..asr.engine.base import EngineError
from ..asr.offline.decoder import DecodeRequest
from ..asr.offline.media_error import MediaError
from ..asr.offline.transcriber import OfflineJob
from ..jobs.signs_of_life import signs_of_life
from ..jobs.transcribing import offline_job, transcribe
from ..models import ChangeKind, Session, TranscriptGap, Utterance
from ..models.leased_job import LeaseLostError
from ..models.shared_clock import shared_now
from ..protocol import messages
from ..protocol.commands import group
from ..recordings import delivered
from ..recordings.channels import sources
from ..recordings.cutting import cut, has_sound
from ..recordings.parts import RecordingBusyError
from ..speech.filling import EDGE_MS, filling
from ..speech.passage import Passage
from ..speech.types import Word, certainty, join
from ..transcripts.changes import Change, State
from ..transcripts.final_writer import FinalRecord
from ..transcripts.final_writer.saving import DatabaseAwayError, Saved, save
from ..transcripts.finals import as_messages

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What was saved of a gap, and the rows of which words were removed that came whole now."""

    saved: list[Saved]
    shortened: list[Utterance]


def recover_all() -> int:
    """Recovers every gap that is due; returns how many utterances were saved.

    Safe to call in several processes at once, and again after one was killed: the utterances of a gap are saved once,
    and none is saved where another process has saved some in the meantime. Raises DatabaseAwayError.
    """
    written = 0
    due = TranscriptGap.objects.due(shared_now()).oldest_first()
    for pk in list(due.values_list("pk", flat=True)):
        gap = TranscriptGap.objects.select_related("session__user").claim(pk, shared_now())
        if gap is None:
            continue
        try:
            written += _recover(gap)
        except LeaseLostError:
            continue
        except (RecordingBusyError, OSError, MediaError) as error:
            _retry_later(gap, error)
        except EngineError as error:
            _retry_later(gap, error)
            # The model would fail for the other gaps too, and delay uploaded files: they wait for the next call.
            break
        except DatabaseAwayError:
            raise
        except Exception as error:
            # One gap that fails must not stop the others.
            log.exception("gap_not_recovered", session=str(gap.session_id))
            _retry_later(gap, error)
    return written


def _retry_later(gap: TranscriptGap, error: Exception) -> None:
    given_up = gap.attempts >= gap.MOST_ATTEMPTS
    try:
        if given_up:
            gap.finish()
        else:
            gap.retry_later(shared_now())
    except LeaseLostError:
        return
    if given_up:
        _settle(gap)
        _publish(gap, _Stored([], []))
    if given_up or not isinstance(error, RecordingBusyError):
        log.warning(
            "gap_given_up" if given_up else "gap_retried_later",
            session=str(gap.session_id),
            milliseconds=gap.end_ms - gap.start_ms,
            attempts=gap.attempts,
            error=str(error),
        )


def _recover(gap: TranscriptGap) -> int:
    """Raises RecordingBusyError, OSError, MediaError, EngineError, DatabaseAwayError, LeaseLostError."""
    passages: list[Passage] = []
    is_heard = gap.delivery is not None or _may_have_sound(gap.session)
    if gap.delivery is not None:
        passages = _heard(gap, _file(gap.session, delivered.path_of(gap.session_id, gap.delivery)))
    elif is_heard:
        with cut(gap.session, gap.time_range, signs_of_life(gap), growing=gap.undecoded) as path:
            passages = [] if path is None else _transcribed(gap, path)
    stored = _store(gap, passages)
    if stored is None:
        return 0
    _settle(gap)
    log.info(
        "gap_recovered" if is_heard else "gap_without_sound",
        session=str(gap.session_id),
        milliseconds=gap.end_ms - gap.start_ms,
        utterances=len(stored.saved),
    )
    _publish(gap, stored)
    return len(stored.saved)


def _may_have_sound(session: Session) -> bool:
    # The user may have deleted the sound since the gap was noted.
    if not session.keep_sound:
        return False
    # The clock has not begun if no worker ever heard anything, or died before it could say so.
    return session.clock_ms > 0 or session.clock_at is not None or has_sound(session)


def _transcribed(gap: TranscriptGap, path: Path) -> list[Passage]:
    """Raises OSError, MediaError, EngineError, LeaseLostError."""
    found: list[Passage] = []
    name = f"gap-{gap.pk}-{gap.attempts}"
    with sources(gap.session, path, name, signs_of_life(gap), begins_ms=gap.start_ms) as files:
        for number, (source, shared) in enumerate(files):
            heard = _heard(gap, _file(gap.session, source), (number, len(files)))
            found += [replace(passage, shared=shared) for passage in heard]
    return sorted(found, key=lambda passage: passage.start_ms)


def _heard(gap: TranscriptGap, job: OfflineJob, part: tuple[int, int] = (0, 1)) -> list[Passage]:
    """Raises MediaError, EngineError, OSError, LeaseLostError."""
    heard = transcribe(gap, job, tries=1, part=part)
    Session.all_objects.filter(pk=gap.session_id).note_origin(heard.origin)
    return heard.passages


def _settle(gap: TranscriptGap) -> None:
    """Lets go of delivered sound that is no longer needed for words."""
    if gap.delivery is None:
        return
    try:
        delivered.settle(gap)
    except OSError as error:
        # It is done again every hour.
        log.error("delivered_sound_not_settled", session=str(gap.session_id), error=error.strerror)


def _file(session: Session, path: Path) -> OfflineJob:
    return offline_job(
        DecodeRequest(os.fsencode(path), "The sound of a dictation", settings.LIMIT_SESSION_SECONDS * 2),
        endpointing=session.wanted_endpointing,
        language=session.heard_language,
        vocabulary=session.effective_vocabulary,
    )


@transaction.atomic
def _store(gap: TranscriptGap, passages: list[Passage]) -> _Stored | None:
    """Saves the passages and closes the gap. None if another process has changed the gap in the meantime.

    Raises DatabaseAwayError.
    """
    session = Session.all_objects.select_for_update().filter(pk=gap.session_id).first()
    as_it_is = TranscriptGap.objects.pending().select_for_update().filter(pk=gap.pk).first()
    if session is None or as_it_is is None:
        return None
    now = shared_now()
    if as_it_is.time_range != gap.time_range:
        TranscriptGap.objects.filter(pk=gap.pk).update(due_at=now)
        return None
    records = [_record(gap, passage) for passage in passages]
    shortened: list[Utterance] = []
    if gap.session.gaps.delivered().exists():
        records, shortened = _unsaved_words(session, gap, records)
    elif session.has_shared:
        records = _missing(gap, records)
    outcomes = save(records)
    saved = [outcome for outcome in outcomes if isinstance(outcome, Saved)]
    if len(saved) < len(outcomes):
        log.error("recovered_words_refused", session=str(session.pk), count=len(outcomes) - len(saved))
    last_ms = max((each.record.end_ms for each in saved), default=0)
    # The worker died after it had last saved the clock, so the last word can end later than the clock says.
    Session.all_objects.filter(pk=session.pk, clock_ms__lt=last_ms).exclude(ended_at=None).update(
        clock_ms=last_ms
    )
    as_it_is.close(len(saved))
    if gap.delivery is not None:
        session.note_outages([])
    return _Stored(saved, shortened)


def _unsaved_words(
    session: Session, gap: TranscriptGap, records: list[FinalRecord]
) -> tuple[list[FinalRecord], list[Utterance]]:
    """The records without words that are saved already; saved pieces of words that come whole now are removed from
    their rows, which are returned too.

    What a page delivers begins before its outage and ends after it, and it may lie in the gap of a worker too.
    """
    rows = Utterance.objects.with_text().filter(
        session=session, start_ms__lt=gap.end_ms + EDGE_MS, end_ms__gt=gap.start_ms - EDGE_MS
    )
    found: list[FinalRecord] = []
    shortened: list[Utterance] = []
    for shared in (False, True):
        saved = [(row, Word(**word)) for row in rows.filter(shared=shared).in_time() for word in row.words]
        mine = [record for record in records if record.shared == shared]
        filled = filling([record.words for record in mine], [word for _, word in saved])
        shortened += _remove(session, [saved[number] for number in filled.pieces])
        found += [_with_words(record, words) for record, words in zip(mine, filled.new, strict=True) if words]
    return sorted(found, key=lambda record: record.start_ms), shortened


def _with_words(record: FinalRecord, words: list[Word]) -> FinalRecord:
    start_ms = words[0].start_ms
    return replace(
        record,
        start_ms=start_ms,
        end_ms=max(words[-1].end_ms, start_ms + 1),
        words=tuple(words),
        text=join(words),
        confidence=certainty(words),
    )


def _remove(session: Session, pieces: list[tuple[Utterance, Word]]) -> list[Utterance]:
    """Removes words from utterances that nobody has corrected, and returns these. The session has to be locked."""
    change = Change(session, ChangeKind.AGAIN, None)
    of_row: dict[Utterance, list[Word]] = {}
    for row, word in pieces:
        if not row.corrected:
            of_row.setdefault(row, []).append(word)
    for row, gone in of_row.items():
        state = State.of(row)
        left = [word for word in state.spoken() if word not in gone]
        if left:
            times = {"start_ms": left[0].start_ms, "end_ms": max(left[-1].end_ms, left[0].start_ms + 1)}
            change.put(row, state.with_words(left, text=join(left), **times))
        else:
            change.put(row, state.emptied(corrected=False))
    if of_row:
        change.save()
    return list(of_row)


def _missing(gap: TranscriptGap, records: list[FinalRecord]) -> list[FinalRecord]:
    """The records that are not saved yet: in a gap of two sources, one of them may have been saved further."""
    rows = Utterance.objects.with_text().filter(
        session=gap.session_id, start_ms__lt=gap.end_ms, end_ms__gt=gap.start_ms
    )
    saved = list(rows.values_list("start_ms", "end_ms", "shared"))
    return [
        record
        for record in records
        if not any(
            start_ms <= (record.start_ms + record.end_ms) // 2 < end_ms and shared == record.shared
            for start_ms, end_ms, shared in saved
        )
    ]


def _record(gap: TranscriptGap, passage: Passage) -> FinalRecord:
    start_ms, end_ms = _times(gap, passage)
    return FinalRecord(
        session_id=gap.session_id,
        key=uuid4(),
        start_ms=start_ms,
        end_ms=end_ms,
        text=passage.text,
        words=tuple(_word(gap, word) for word in passage.words),
        confidence=passage.confidence,
        language=passage.language,
        shared=passage.shared,
    )


def _word(gap: TranscriptGap, word: Word) -> Word:
    start_ms, end_ms = _times(gap, word)
    return replace(word, start_ms=start_ms, end_ms=end_ms)


def _times(gap: TranscriptGap, heard: Passage | Word) -> tuple[int, int]:
    """On the session's clock. The model may place a word a little beyond the end of the sound that was decoded."""
    start_ms = min(gap.start_ms + heard.start_ms, gap.end_ms - 1)
    end_ms = min(gap.start_ms + heard.end_ms, gap.end_ms)
    return start_ms, max(end_ms, start_ms + 1)


def _publish(gap: TranscriptGap, stored: _Stored) -> None:
    """Sends the finals to the session's open pages. A page that misses one gets it from Postgres, by `seq`."""
    payloads: list[dict[str, Any]] = [each.record.message(each.seq) for each in stored.saved]
    # The change is announced too; but what it announces may come after `recovered`, when a page connects again.
    payloads += as_messages(stored.shortened)
    is_delivered = gap.delivery is not None
    payloads.append(messages.recovered(start_ms=gap.start_ms, end_ms=gap.end_ms, delivered=is_delivered))
    send = async_to_sync(get_channel_layer().group_send)
    try:
        for payload in payloads:
            send(group(str(gap.session_id)), {"type": "session.event", "payload": payload})
    except (RedisError, OSError) as error:
        log.warning("event_not_sent", error=type(error).__name__)
