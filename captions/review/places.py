"""The places of a transcript that a reviewer has to check: runs of unsure words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q

from ..core import characters
from ..models import PlaceKind, Review, Session, Utterance
from ..transcripts import unsure

_CONTEXT = 40
_FIELDS = ("seq", "pk", "version", "text", "words", "language", "shared", "speaker")


@dataclass(frozen=True, slots=True)
class Place:
    """`text[first:last]` of an utterance at `version`, spoken from `start_ms` to `end_ms` (session time)."""

    seq: int
    utterance_id: int
    version: int
    start_ms: int
    end_ms: int
    text: str
    first: int
    last: int
    language: str = ""
    shared: bool = False
    speaker: int = 0

    @property
    def heard(self) -> str:
        return self.text[self.first : self.last]

    @property
    def before(self) -> str:
        return self.text[: self.first]

    @property
    def after(self) -> str:
        return self.text[self.last :]

    @property
    def key(self) -> str:
        """The name of the place in query strings; stays the same when other places are corrected."""
        return f"{self.seq}-{self.start_ms}"

    def lead(self) -> str:
        """A few words before it."""
        return _from_a_word(self.before, cut_start=True)

    def trail(self) -> str:
        """A few words after it."""
        return _from_a_word(self.after, cut_start=False)


def open_places(review: Review) -> list[Place]:
    """The places in the order of time, without those that a reviewer has kept."""
    rows: Any = unsure.utterances(review.session).order_by()
    # A long session has thousands of rows; named tuples are much cheaper than model instances.
    return _open(review, rows.values_list(*_FIELDS, named=True))


def open_places_now(review: Review, before: Iterable[Place], row: Utterance) -> list[Place]:
    """The open places if they were `before` and only the utterance `row` has changed since."""
    others = (place for place in before if place.utterance_id != row.pk)
    return _in_time([*others, *_open(review, [row])])


def _open(review: Review, rows: Iterable[Any]) -> list[Place]:
    kept = {
        (utterance, start_ms): heard
        for utterance, start_ms, heard in review.places.filter(kind=PlaceKind.KEPT).values_list(
            "utterance_id", "start_ms", "heard"
        )
    }
    return _in_time(
        place
        for row in rows
        for place in places_of(row)
        if kept.get((place.utterance_id, place.start_ms)) != place.heard
    )


def _in_time(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (place.start_ms, place.seq))


def places_of(row: Any) -> Iterator[Place]:
    """Yields the places of an utterance, or of a row with _FIELDS."""
    run: list[tuple[int, int, int, int]] = []
    for word in [*_located(row.text, row.words), None]:
        if word is not None and word[4]:
            run.append(word[:4])
            continue
        if run:
            yield Place(
                row.seq,
                row.pk,
                row.version,
                run[0][2],
                run[-1][3],
                row.text,
                run[0][0],
                run[-1][1],
                row.language,
                row.shared,
                row.speaker,
            )
        run = []


def _located(text: str, words: Sequence[dict[str, Any]]) -> Iterator[tuple[int, int, int, int, bool]]:
    """Yields (start, end, start_ms, end_ms, is unsure) of each word found in the text.

    A word that the text spells differently is left out.
    """
    cursor = 0
    for word in words:
        bare = word["text"].strip()
        at = text.find(bare, cursor) if bare else -1
        if at < 0:
            continue
        cursor = at + len(bare)
        unsure_word = word["probability"] < unsure.UNSURE_BELOW
        yield at, cursor, word["start_ms"], word["end_ms"], unsure_word


class Beside(NamedTuple):
    """The text of a sentence and the code of its language, empty if unknown; both empty if there is none.

    `shared` says whether it is from the shared sound, `speaker` which voice of it.
    """

    text: str = ""
    language: str = ""
    shared: bool = False
    speaker: int = 0


def around(session: Session, place: Place) -> tuple[Beside, Beside]:
    """The sentences before and after the one with the place."""
    rows = session.utterances.with_text()
    at = rows.filter(pk=place.utterance_id).values_list("start_ms", flat=True).first()
    if at is None:
        return Beside(), Beside()
    earlier = rows.filter(Q(start_ms__lt=at) | Q(start_ms=at, seq__lt=place.seq)).order_by(
        "-start_ms", "-seq"
    )
    later = rows.filter(Q(start_ms__gt=at) | Q(start_ms=at, seq__gt=place.seq)).in_time()
    return (
        Beside(*(earlier.values_list(*Beside._fields).first() or ())),
        Beside(*(later.values_list(*Beside._fields).first() or ())),
    )


def _from_a_word(text: str, *, cut_start: bool) -> str:
    """The last words of a text if `cut_start`, else the first ones; about _CONTEXT characters."""
    if len(text) <= _CONTEXT:
        return text
    part = characters.cut_start(text, _CONTEXT) if cut_start else characters.cut(text, _CONTEXT)
    head, space, tail = part.partition(" ") if cut_start else part.rpartition(" ")
    if not space:
        return f"…{part}" if cut_start else f"{part}…"
    return f"… {tail}" if cut_start else f"{head} …"
