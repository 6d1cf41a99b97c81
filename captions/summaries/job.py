"""Writes a summary: asks the service, and saves its answer while it comes."""

import time
from contextlib import closing
from datetime import timedelta
from uuid import UUID

import structlog

from ..models import Summary
from ..models.leased_job import LeaseLostError
from ..models.shared_clock import shared_now
from ..models.summary import FAILED, READY, WAITING, WORKING
from .asking import SummaryError, text_of
from .client import answer
from .completion import without_thoughts
from .errors import BROKE_OFF, MISCONFIGURED, ODD, REFUSED, AnswerError
from .service import configured

log = structlog.get_logger(__name__)

_SAVE_SECONDS = 1.0
_FIRST_RETRY_SECONDS = 30.0
_MOST_CHARACTERS = 50_000
"""Of an answer, with what the model thinks aloud."""


def write(pk: UUID) -> None:
    """Does the work of a summary; afterwards it is ready, failed, or due again later.

    It may be called more than once, also at the same time, and again after a crash.
    """
    summary = Summary.objects.select_related("session__user").claim(
        pk, shared_now(), state=WORKING, text="", message=""
    )
    if summary is None:
        return
    try:
        _write(summary)
    except LeaseLostError:
        # It was cancelled or deleted, or another process has taken over.
        return


def _write(summary: Summary) -> None:
    """Raises LeaseLostError."""
    if summary.is_exhausted:
        _fail(summary, AnswerError(BROKE_OFF))
        return
    try:
        _ask(summary)
    except AnswerError as error:
        if error.retryable and not summary.is_last_attempt:
            log.info("summary_put_off", session=str(summary.session_id), status=error.status)
            summary.renew(shared_now(), lease=_wait(summary, error), state=WAITING, message=error.reason)
        else:
            _fail(summary, error)


def _ask(summary: Summary) -> None:
    """Leaves the summary ready. Raises AnswerError, LeaseLostError."""
    service = configured()
    if service is None:
        raise AnswerError(MISCONFIGURED)
    try:
        said = text_of(summary.session)
    except SummaryError:
        # It has grown since it was asked for.
        raise AnswerError(REFUSED) from None
    summary.renew(shared_now(), host=service.host, model=service.model)
    text, saved_at = "", time.monotonic()
    with closing(answer(service, summary.prompt, said)) as pieces:
        for piece in pieces:
            text += piece
            if len(text) > _MOST_CHARACTERS:
                raise AnswerError(BROKE_OFF)
            if time.monotonic() - saved_at >= _SAVE_SECONDS:
                saved_at = time.monotonic()
                summary.renew(shared_now(), text=without_thoughts(text))
    text = without_thoughts(text).rstrip()
    if not text:
        raise AnswerError(ODD)
    now = shared_now()
    summary.finish(state=READY, text=text, made_at=now)
    log.info("summary_written", session=str(summary.session_id), model=summary.model, characters=len(text))


def _wait(summary: Summary, error: AnswerError) -> timedelta:
    seconds = error.after_seconds
    if seconds is None:
        seconds = _FIRST_RETRY_SECONDS * 2 ** (summary.attempts - 1)
    return timedelta(seconds=seconds)


def _fail(summary: Summary, error: AnswerError) -> None:
    log.warning(
        "summary_failed", session=str(summary.session_id), reason=error.reason, status=error.status or None
    )
    summary.finish(state=FAILED, message=error.reason)
