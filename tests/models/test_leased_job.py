from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from captions.models import TranscriptGap
from captions.models.leased_job import LeaseLostError
from tests.factories import make_session

NOW = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def gap() -> TranscriptGap:
    return TranscriptGap.objects.create(session=make_session(), start_ms=0, end_ms=900, due_at=NOW)


def test_a_job_is_one_claimants_as_long_as_that_renews_its_lease(gap: TranscriptGap) -> None:
    assert TranscriptGap.objects.claim(gap.pk, NOW - timedelta(seconds=1)) is None
    mine = TranscriptGap.objects.claim(gap.pk, NOW)
    assert mine
    assert TranscriptGap.objects.claim(gap.pk, NOW) is None
    mine.renew(NOW + timedelta(seconds=50))
    assert TranscriptGap.objects.claim(gap.pk, NOW + timedelta(seconds=70)) is None

    theirs = TranscriptGap.objects.claim(gap.pk, NOW + timedelta(seconds=110))
    assert theirs
    assert theirs.attempts == 2
    writes: list[Callable[[], None]] = [lambda: mine.renew(NOW), lambda: mine.retry_later(NOW), mine.finish]
    for write in writes:
        with pytest.raises(LeaseLostError):
            write()
    theirs.finish()
    assert not TranscriptGap.objects.pending().exists()
    with pytest.raises(LeaseLostError):
        theirs.renew(NOW)


def test_each_retry_is_later_and_none_is_later_than_an_hour(gap: TranscriptGap) -> None:
    now, pauses = NOW, []
    for _ in range(9):
        job = TranscriptGap.objects.claim(gap.pk, now)
        assert job
        job.retry_later(now)
        assert job.due_at
        pauses.append((job.due_at - now).total_seconds())
        now = job.due_at
    assert pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_what_ends_one_claimant_after_the_other_is_exhausted(gap: TranscriptGap) -> None:
    TranscriptGap.objects.update(attempts=TranscriptGap.MOST_ATTEMPTS - 1)
    last = TranscriptGap.objects.claim(gap.pk, NOW)
    assert last
    assert not last.is_exhausted
    beyond = TranscriptGap.objects.claim(gap.pk, NOW + TranscriptGap.LEASE)
    assert beyond
    assert beyond.is_exhausted


def test_a_job_that_was_just_made_may_be_claimed_by_a_host_whose_clock_is_behind() -> None:
    made = TranscriptGap.objects.create(session=make_session(), start_ms=0, end_ms=900)
    assert TranscriptGap.objects.claim(made.pk, timezone.now() - timedelta(seconds=30))
