"""A reviewer's decisions on places: keep, correct, undo.

Each function is one transaction. It raises TakenError if the reviewer does not hold the review, and EditError,
EditConflict or GoneError if the change cannot be made; nothing has changed then.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from ..core.characters import bare
from ..models import PlaceKind, Review, ReviewedPlace, User, Utterance
from ..transcripts import editing, versions
from ..transcripts.changes import EditError, storable_text
from ..transcripts.wording import LONGEST, Wording, correction
from .places import Place, open_places, open_places_now
from .queue import count, held

_CHANGED_SINCE = gettext_noop(
    "This sentence has changed since then. You can restore it from its version history."
)
_CHANGED = gettext_noop("This text was changed in the meantime. You see it as it is now.")


@dataclass(frozen=True, slots=True)
class Step:
    """The result of a decision: the `key` of the place to show next, as in `page`, and the places that are open now."""

    key: str
    left: Sequence[Place]


@transaction.atomic
def keep(pk: UUID, key: str, reviewer: User, now: datetime) -> Step:
    """Marks a place as right as it stands."""
    review = held(pk, reviewer, now)
    return _keep(review, open_places(review), key, reviewer, now)


def _keep(review: Review, left: list[Place], key: str, reviewer: User, now: datetime) -> Step:
    place = _place(left, key)
    _done(review, place, PlaceKind.KEPT, reviewer, now, written=place.heard)
    return _behind(review, place, [each for each in left if each is not place])


def _behind(review: Review, place: Place, left: list[Place]) -> Step:
    count(review, len(left))
    return Step(f"after-{place.start_ms}", left)


@transaction.atomic
def correct(
    pk: UUID, key: str, version: int, written: str, reviewer: User, now: datetime, *, everywhere: bool
) -> Step:
    """Replaces the text of a place; with `everywhere`, also of all other places that have the same wording."""
    review = held(pk, reviewer, now)
    before = open_places(review)
    place = _place(before, key)
    written = storable_text(written)
    if written == place.heard:
        return _keep(review, before, key, reviewer, now)
    change = uuid.uuid4()
    row = review.session.utterances.get(pk=place.utterance_id)
    text = f"{place.before}{written}{place.after}"
    row = editing.edit(row, text, version, reviewer, sitting=change)
    found = correction(place.text, row.text) if everywhere else None
    also = None
    if found:
        wording = Wording(*found)
        also = editing.replace_all(review.session, wording, reviewer).change
    review.session.refresh_from_db()
    _done(review, place, PlaceKind.CORRECTED, reviewer, now, written=written, change=change, also=also)
    left = open_places(review) if also else open_places_now(review, before, row)
    if also:
        keys = {each.key for each in left} | {key}
        for each in before:
            if each.key not in keys:
                other = wording.applied(each.heard)
                _done(review, each, PlaceKind.CORRECTED, reviewer, now, written=other, change=also)
    return _behind(review, place, left)


@transaction.atomic
def undo(pk: UUID, number: int, reviewer: User, now: datetime) -> Step:
    """Undoes a decision, including the changes it made elsewhere, and goes back to its place.

    If the place itself was changed through a decision on another place, only its own sentence is undone.
    """
    review = held(pk, reviewer, now)
    done = review.places.select_related("utterance").filter(pk=number).first()
    if done is None:
        raise EditError(_("This has already been undone."))
    key = f"{done.utterance.seq}-{done.start_ms}"
    if done.change is None:
        done.delete()
    elif review.places.filter(also=done.change).exists():
        _undo_elsewhere(review, done, reviewer)
    else:
        _undo(review, done, reviewer)
    review.session.refresh_from_db()
    left = open_places(review)
    count(review, len(left))
    return Step(key, left)


def _undo(review: Review, done: ReviewedPlace, reviewer: User) -> None:
    changes = [each for each in (done.also, done.change) if each]
    for change in changes:
        rows = versions.undo_change(review.session, change, reviewer)
        if not rows and change == done.change:
            raise EditError(_(_CHANGED_SINCE))
    review.places.filter(change__in=changes).delete()


def _undo_elsewhere(review: Review, done: ReviewedPlace, reviewer: User) -> None:
    row = done.utterance
    last = row.history.order_by("-version").first()
    if last is None or last.change != done.change:
        raise EditError(_(_CHANGED_SINCE))
    versions.undo(row, row.version, reviewer)
    review.places.filter(change=done.change, utterance=row).delete()


def elsewhere(review: Review, place: Place) -> int:
    """The number of other places in the transcript that have the same words."""
    heard = bare(place.heard)
    if not heard or len(heard) > LONGEST:
        return 0
    return max(0, editing.places(review.session, Wording(heard, "")) - 1)


def _place(places: list[Place], key: str) -> Place:
    place = next((each for each in places if each.key == key), None)
    if place is None:
        raise EditError(_(_CHANGED))
    return place


def _done(
    review: Review,
    place: Place,
    kind: PlaceKind,
    reviewer: User,
    now: datetime,
    *,
    written: str,
    change: UUID | None = None,
    also: UUID | None = None,
) -> None:
    ReviewedPlace.objects.update_or_create(
        review=review,
        utterance=Utterance(pk=place.utterance_id),
        start_ms=place.start_ms,
        defaults={
            "end_ms": place.end_ms,
            "kind": kind,
            "lead": place.lead(),
            "heard": place.heard,
            "written": written,
            "trail": place.trail(),
            "change": change,
            "also": also,
            "by": reviewer,
            "at": now,
        },
    )
