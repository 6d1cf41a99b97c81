import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from captions.live.continuing import reopen
from captions.models import Review, ReviewState, Session
from captions.review import queue
from captions.review.queue import TakenError
from captions.review.tasks import tend_reviews
from captions.transcripts import editing
from tests.factories import make_ended_session, make_session, make_user, make_utterance
from tests.review.support import doubt, make_review, make_reviewer

pytestmark = pytest.mark.django_db


def in_order() -> list[str]:
    return [str(review.session) for review in Review.objects.pending().in_order()]


def test_ended_dictations_queue_up_least_confident_and_most_corrected_first() -> None:
    texts = ["One two three.", "Four five six."]
    make_review(texts, [], title="Sure")
    make_review(texts, [(1, 0), (2, 0, 2)], title="Three places")
    make_review(texts, [(1, 0, 1, 2)], title="One place")
    corrected = make_review(texts, [(1, 0)], title="One place and corrected")
    make_session(texts=texts, title="Still live")
    row = corrected.session.utterances.get(seq=2)
    editing.edit(row, "Four five sick.", 1, corrected.session.user)
    queue.tend(timezone.now())
    assert in_order() == ["Three places", "One place and corrected", "One place", "Sure"]
    assert list(Review.objects.in_order().values_list("unsure", flat=True)) == [3, 1, 1, 0]


def test_celery_tends_the_queue() -> None:
    make_ended_session(make_user(), ["One."])
    tend_reviews()
    assert Review.objects.count() == 1
    assert settings.CELERY_BEAT_SCHEDULE["tend-reviews"]["task"] == tend_reviews.name


def test_a_silent_dictation_is_no_work() -> None:
    Session.objects.create(user=make_user(), ended_at=timezone.now())
    queue.tend(timezone.now())
    assert not Review.objects.exists()


def test_the_next_one_is_the_first_that_nobody_has() -> None:
    one, two = make_reviewer(), make_reviewer()
    for count in (1, 2):
        make_review(["One two."] * 2, [(number + 1, 0) for number in range(count)], title=f"{count}")
    now = timezone.now()
    first, second = queue.take_next(one, now), queue.take_next(two, now)
    assert first
    assert second
    assert (str(first.session), str(second.session)) == ("2", "1")
    assert queue.take_next(one, now) is None


def test_what_somebody_has_nobody_else_takes_until_they_have_left() -> None:
    now = timezone.now()
    one, two = make_reviewer("priya"), make_reviewer()
    review = make_review()
    queue.take(review.pk, one, now)
    queue.take(review.pk, one, now + timedelta(minutes=1))
    with pytest.raises(TakenError, match="priya is reviewing"):
        queue.take(review.pk, two, now + Review.LEASE - timedelta(seconds=1))
    queue.take(review.pk, two, now + Review.LEASE + timedelta(minutes=2))
    review.refresh_from_db()
    assert review.reviewer == two


def test_what_was_left_lying_goes_back_into_the_queue() -> None:
    now = timezone.now()
    review = make_review()
    queue.take(review.pk, make_reviewer(), now)
    queue.tend(now + Review.LEASE - timedelta(seconds=1))
    review.refresh_from_db()
    assert review.state == ReviewState.TAKEN
    queue.tend(now + Review.LEASE + timedelta(seconds=1))
    review.refresh_from_db()
    assert (review.state, review.reviewer) == (ReviewState.WAITING, None)


def test_the_account_of_a_reviewer_may_go() -> None:
    now = timezone.now()
    reviewer = make_reviewer()
    review = make_review()
    queue.take(review.pk, reviewer, now)
    reviewer.delete()
    assert queue.take_next(make_reviewer(), now) == review


def test_only_whom_it_is_given_decides() -> None:
    now = timezone.now()
    one, two = make_reviewer(), make_reviewer("other")
    review = make_review()
    with pytest.raises(TakenError):
        queue.decide(review.pk, one, ReviewState.APPROVED, now)
    queue.take(review.pk, two, now)
    with pytest.raises(TakenError, match="other is reviewing"):
        queue.decide(review.pk, one, ReviewState.APPROVED, now)
    queue.decide(review.pk, two, ReviewState.NEEDS_WORK, now)
    review.refresh_from_db()
    assert (review.state, review.reviewer, review.decided_at) == (ReviewState.NEEDS_WORK, two, now)
    assert queue.take_next(one, now) is None
    assert queue.take(review.pk, one, now).state == ReviewState.TAKEN


@pytest.mark.django_db(transaction=True)
def test_reviewers_who_ask_at_once_get_different_ones() -> None:
    reviewers = [make_reviewer() for _ in range(4)]
    for number in range(6):
        make_review(title=f"{number}")
    start = threading.Barrier(len(reviewers))
    taken: list[Any] = []

    def ask(reviewer: Any) -> None:
        try:
            start.wait(120)
            review = queue.take_next(reviewer, timezone.now())
            taken.append(review and review.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=[reviewer]) for reviewer in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert None not in taken
    assert len(set(taken)) == 4


def test_a_decision_stays_where_a_dictation_was_continued_and_nothing_was_said() -> None:
    now = timezone.now()
    review, reviewer = make_review(clock_ms=5_000), make_reviewer()
    queue.take(review.pk, reviewer, now)
    queue.decide(review.pk, reviewer, ReviewState.APPROVED, now)
    reopen(review.session.user, review.pk, now + timedelta(hours=1))
    Session.objects.close_abandoned(now + timedelta(hours=2))
    queue.tend(now + timedelta(hours=3))
    review.refresh_from_db()
    assert Session.objects.get().state == "ended"
    assert (review.state, review.decided_at) == (ReviewState.APPROVED, now)


def test_a_dictation_that_went_on_is_reviewed_again_once_it_has_ended() -> None:
    now = timezone.now()
    reviewer = make_reviewer()
    decided, taken = make_review(title="Decided"), make_review(title="Taken")
    queue.take(taken.pk, reviewer, now)
    queue.take(decided.pk, reviewer, now)
    queue.decide(decided.pk, reviewer, ReviewState.APPROVED, now)
    Session.objects.update(ended_at=None)
    queue.tend(now)
    assert queue.take_next(make_reviewer(), now) is None, "they are running"
    for review in (decided, taken):
        make_utterance(review.session, "Five six.", start_ms=9_000)
        doubt(review.session, 2, 0)
    Session.objects.update(ended_at=now + timedelta(seconds=5))
    later = now + timedelta(seconds=30)
    queue.tend(later)
    decided.refresh_from_db()
    taken.refresh_from_db()
    assert (decided.state, decided.reviewer, decided.decided_at) == (ReviewState.WAITING, None, None)
    assert (decided.unsure, decided.queued_at) == (2, later)
    assert (taken.state, taken.reviewer, taken.unsure) == (ReviewState.TAKEN, reviewer, 2)
    queue.decide(taken.pk, reviewer, ReviewState.APPROVED, later)
    queue.tend(later + timedelta(seconds=30))
    taken.refresh_from_db()
    assert taken.state == ReviewState.APPROVED
    assert queue.take_next(make_reviewer(), later) == decided
