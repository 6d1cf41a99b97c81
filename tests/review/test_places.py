from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from captions.models import Review, User, Utterance
from captions.review import decisions, places, queue
from captions.review.places import Beside
from captions.review.queue import TakenError
from captions.transcripts import editing
from captions.transcripts.changes import EditConflict, EditError
from tests.review.support import make_review, make_reviewer

TEXTS = [
    "The trust will see the rivet mint drawings.",
    "Nobody asked.",
    "The rivet mint, they said, was green.",
]
DOUBTS = [(1, 5, 6), (3, 1, 2), (2, 0)]
NOW = timezone.now()

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer(db: None) -> User:
    return make_reviewer("priya")


@pytest.fixture
def review(reviewer: User) -> Review:
    review = make_review(TEXTS, DOUBTS)
    queue.take(review.pk, reviewer, NOW)
    return review


def texts(review: Review) -> list[str]:
    return list(review.session.utterances.in_time().values_list("text", flat=True))


def left(review: Review) -> list[str]:
    return [place.heard for place in places.open_places(review)]


def test_places_are_words_in_a_row_that_the_model_was_not_sure_of(review: Review) -> None:
    first, second, third = places.open_places(review)
    assert (first.heard, first.start_ms, first.end_ms) == ("rivet mint", 1_000, 1_400)
    assert (first.before, first.after) == ("The trust will see the ", " drawings.")
    assert (second.heard, third.heard) == ("Nobody", "rivet mint,")
    assert places.around(review.session, first) == (Beside(), Beside(TEXTS[1], "en"))
    assert places.around(review.session, second) == (
        Beside(TEXTS[0], "en"),
        Beside(TEXTS[2], "en"),
    )


def test_words_that_do_not_stand_in_the_text_belong_to_no_place() -> None:
    row = Utterance(
        seq=1,
        text="The 40 boats",
        words=[
            {"text": " The", "start_ms": 0, "end_ms": 1, "probability": 0.1},
            {"text": " forty", "start_ms": 1, "end_ms": 2, "probability": 0.1},
            {"text": " boats", "start_ms": 2, "end_ms": 3, "probability": 0.1},
            {"text": " ", "start_ms": 3, "end_ms": 3, "probability": 0.1},
        ],
    )
    assert [place.heard for place in places.places_of(row)] == ["The 40 boats"]


def test_what_is_kept_is_done_until_it_is_undone(review: Review, reviewer: User) -> None:
    step = decisions.keep(review.pk, "1-1000", reviewer, NOW)
    assert (step.key, step.left) == ("after-1000", places.open_places(review))
    assert review.places.get().heard == "rivet mint"
    assert left(review) == ["Nobody", "rivet mint,"]
    review.refresh_from_db()
    assert review.unsure == 2
    with pytest.raises(EditError, match="changed in the meantime"):
        decisions.keep(review.pk, "1-1000", reviewer, NOW)
    undone = decisions.undo(review.pk, review.places.get().pk, reviewer, NOW)
    assert (undone.key, undone.left) == ("1-1000", places.open_places(review))
    assert len(left(review)) == 3


def test_a_correction_is_a_version_of_the_sentence(review: Review, reviewer: User) -> None:
    step = decisions.correct(review.pk, "1-1000", 1, " revetment ", reviewer, NOW, everywhere=False)
    assert (step.key, step.left) == ("after-1000", places.open_places(review))
    row = review.session.utterances.get(seq=1)
    assert row.text == "The trust will see the revetment drawings."
    assert row.history.order_by("-version").first().history_user == reviewer
    assert left(review) == ["Nobody", "rivet mint,"]
    done = review.places.get()
    assert (done.lead, done.heard, done.written, done.trail) == (
        "The trust will see the ",
        "rivet mint",
        "revetment",
        " drawings.",
    )
    review.session.refresh_from_db()
    review.refresh_from_db()
    assert (review.session.corrections, review.corrections, review.unsure) == (1, 1, 2)
    decisions.undo(review.pk, done.pk, reviewer, NOW)
    assert texts(review) == TEXTS
    assert len(left(review)) == 3


def test_a_correction_may_be_made_wherever_the_same_was_heard(review: Review, reviewer: User) -> None:
    place = places.open_places(review)[0]
    assert decisions.elsewhere(review, place) == 1
    decisions.correct(review.pk, place.key, 1, "revetment", reviewer, NOW, everywhere=True)
    assert texts(review)[2] == "The revetment, they said, was green."
    assert left(review) == ["Nobody"]
    first, other = review.places.all()
    assert (other.heard, other.written) == ("rivet mint,", "revetment,")
    decisions.undo(review.pk, other.pk, reviewer, NOW)
    assert texts(review)[2] == TEXTS[2]
    assert left(review) == ["Nobody", "rivet mint,"]
    decisions.undo(review.pk, first.pk, reviewer, NOW)
    assert texts(review) == TEXTS


def test_one_of_the_other_places_is_undone_alone(reviewer: User) -> None:
    review = make_review(
        ["A rivet mint.", "Two rivet mint.", "The rivet mint."], [(1, 1, 2), (2, 1, 2), (3, 1, 2)]
    )
    queue.take(review.pk, reviewer, NOW)
    decisions.correct(review.pk, "1-200", 1, "revetment.", reviewer, NOW, everywhere=True)
    assert texts(review) == ["A revetment.", "Two revetment.", "The revetment."]
    decisions.undo(review.pk, review.places.get(utterance__seq=2).pk, reviewer, NOW)
    assert texts(review) == ["A revetment.", "Two rivet mint.", "The revetment."]
    assert left(review) == ["rivet mint."]
    decisions.undo(review.pk, review.places.get(utterance__seq=1).pk, reviewer, NOW)
    assert texts(review) == ["A rivet mint.", "Two rivet mint.", "The rivet mint."]
    assert not review.places.exists()


def test_undoing_takes_back_what_was_changed_elsewhere_too(review: Review, reviewer: User) -> None:
    decisions.correct(review.pk, "1-1000", 1, "revetment", reviewer, NOW, everywhere=True)
    decisions.undo(review.pk, review.places.all()[0].pk, reviewer, NOW)
    assert texts(review) == TEXTS
    assert not review.places.exists()


def test_the_same_words_are_kept_as_heard(review: Review, reviewer: User) -> None:
    decisions.correct(review.pk, "1-1000", 1, "rivet mint", reviewer, NOW, everywhere=False)
    assert review.places.get().kind == "kept"
    assert texts(review) == TEXTS


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(review: Review, reviewer: User) -> None:
    row = review.session.utterances.get(seq=1)
    editing.edit(row, "The trusts will see the rivet mint drawings.", 1, review.session.user)
    with pytest.raises(EditConflict):
        decisions.correct(review.pk, "1-1000", 1, "revetment", reviewer, NOW, everywhere=True)
    assert texts(review)[0].startswith("The trusts")
    assert not review.places.exists()


def test_an_undoing_that_would_take_back_more_is_refused(review: Review, reviewer: User) -> None:
    decisions.correct(review.pk, "1-1000", 1, "revetment", reviewer, NOW, everywhere=False)
    row = review.session.utterances.get(seq=1)
    editing.edit(row, "Something else.", row.version, review.session.user)
    with pytest.raises(EditError, match="changed since then"):
        decisions.undo(review.pk, review.places.get().pk, reviewer, NOW)


def test_nothing_is_decided_by_whom_it_is_not_given(review: Review, reviewer: User) -> None:
    other = make_reviewer()
    steps: list[Callable[[], object]] = [
        lambda: decisions.keep(review.pk, "1-1000", other, NOW),
        lambda: decisions.correct(review.pk, "1-1000", 1, "x", other, NOW, everywhere=False),
        lambda: decisions.undo(review.pk, 1, other, NOW),
        lambda: decisions.keep(review.pk, "1-1000", reviewer, NOW + timedelta(hours=1)),
    ]
    for decide in steps:
        with pytest.raises(TakenError):
            decide()
    assert texts(review) == TEXTS


def test_a_deleted_transcript_takes_its_review_along(review: Review, reviewer: User) -> None:
    decisions.keep(review.pk, "1-1000", reviewer, NOW)
    decisions.correct(review.pk, "2-2000", 1, "Somebody", reviewer, NOW, everywhere=False)
    review.session.erase()
    assert not Review.objects.exists()
