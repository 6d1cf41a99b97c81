"""The contents of the screen of a review."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from ..core.characters import bare
from ..models import Recording, Review, ReviewedPlace, ReviewState, User
from ..recordings.tags import without
from . import decisions, places
from .names import with_first_lines
from .places import Beside, Place

_WAITING_SHOWN = 5
# The timeline has no room for more ticks; beyond this, only some are drawn.
_MOST_TICKS = 400
_DONE_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the timeline, at `percent` of the session's length; `state` is "done", "now" or "ahead"."""

    percent: float
    state: str
    start_ms: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first reviews of the queue, and the number of all."""

    reviews: Sequence[Review]
    count: int

    @property
    def more(self) -> int:
        return max(0, self.count - len(self.reviews))


@dataclass(frozen=True, slots=True)
class Screen:
    """The screen of a review for one reviewer."""

    review: Review
    reader: User
    now: datetime
    is_mine: bool
    """Whether the reader holds the review; without that, neither places nor sound are shown."""
    place: Place | None
    """The open place that is shown; None if there is none, or if the reader does not hold the review."""
    number: int
    """The number of `place` among all `count` places, from 1; 0 without a place."""
    count: int
    open: int
    """The number of open places."""
    ticks: Sequence[Tick]
    before: Beside
    """The sentence before the one with the place."""
    after: Beside
    """The sentence after it."""
    elsewhere: int
    """The number of other places that have the same words."""
    done: Sequence[ReviewedPlace]
    """The latest decisions, newest first."""
    recording: Recording | None
    without_sound: str
    """Why there is no sound; empty if there is."""

    @classmethod
    def of(
        cls,
        review: Review,
        reader: User,
        now: datetime,
        wanted: str,
        left: Sequence[Place] | None = None,
    ) -> "Screen":
        """`wanted` is the key of a place (see `_chosen`); `left` are the open places, if the caller has them."""
        is_mine = review.is_with(reader.pk, now)
        if not is_mine:
            left = []
        elif left is None:
            left = places.open_places(review)
        done = (
            list(review.places.select_related("utterance", "by").order_by("start_ms", "pk"))
            if is_mine
            else []
        )
        place = _chosen(left, wanted)
        before, after = places.around(review.session, place) if place else (Beside(), Beside())
        times = sorted([each.start_ms for each in left] + [each.start_ms for each in done])
        recording = Recording.objects.filter(session=review.session).first() if is_mine else None
        kept = recording if recording and recording.deleted_at is None else None
        return cls(
            review,
            reader,
            now,
            is_mine,
            place,
            times.index(place.start_ms) + 1 if place else 0,
            len(times),
            len(left),
            _ticks(review, left, done, place),
            before,
            after,
            decisions.elsewhere(review, place) if place else 0,
            sorted(done, key=lambda each: each.at, reverse=True)[:_DONE_SHOWN],
            kept,
            "" if kept or not is_mine else without(review.session, recording),
        )

    @property
    def holder(self) -> User | None:
        """The reviewer who holds the review, if that is not the reader."""
        return None if self.is_mine or not self.review.holder_id(self.now) else self.review.reviewer

    @property
    def decision(self) -> str:
        """The name of the decision; empty while there is none."""
        decided = self.review.state in (ReviewState.APPROVED, ReviewState.NEEDS_WORK)
        return self.review.get_state_display() if decided else ""

    @property
    def heard(self) -> str:
        """The text of the place without punctuation at its ends."""
        return bare(self.place.heard) if self.place else ""

    @property
    def sound_url(self) -> str:
        return reverse("admin:captions_review_sound", args=[self.review.pk]) if self.recording else ""

    def waiting(self) -> Waiting:
        """The queue; this review comes first if the reader holds it."""
        others_open = (
            Review.objects.pending().exclude(pk=self.review.pk).select_related("session__user", "reviewer")
        )
        others = list(with_first_lines(others_open.in_order())[: _WAITING_SHOWN - 1])
        reviews = [self.review, *others] if self.is_mine else others
        return Waiting(reviews, Review.objects.pending().count())


def _chosen(left: Sequence[Place], wanted: str) -> Place | None:
    """The open place with the key `wanted`; for "after-MS" the first at that time or later; else the first one."""
    if not left:
        return None
    after = wanted.removeprefix("after-")
    if after != wanted and after.isdecimal():
        later = (each for each in left if each.start_ms >= int(after))
        return next(later, left[0])
    return next((each for each in left if each.key == wanted), left[0])


def _ticks(
    review: Review, left: Sequence[Place], done: Sequence[ReviewedPlace], place: Place | None
) -> list[Tick]:
    length = max(1, review.session.clock_ms, *(each.end_ms for each in left), *(each.end_ms for each in done))

    def percent(ms: int) -> float:
        return round(100 * ms / length, 2)

    ticks = [Tick(percent(each.start_ms), "done", each.start_ms) for each in done]
    for each in left:
        state = "now" if place and each.key == place.key else "ahead"
        ticks.append(Tick(percent(each.start_ms), state, each.start_ms, each.key))
    ticks.sort(key=lambda tick: tick.start_ms)
    if len(ticks) > _MOST_TICKS:
        step = len(ticks) / _MOST_TICKS
        shown = {round(number * step) for number in range(_MOST_TICKS)}
        ticks = [tick for number, tick in enumerate(ticks) if number in shown or tick.state == "now"]
    return ticks
