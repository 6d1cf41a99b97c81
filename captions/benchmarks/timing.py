"""When each spoken word could be read, and which words changed afterwards; in milliseconds since the sound began."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from .corpus import TimedWord
from .livetest.wer import align, normalise
from .page import STANDINGS, PageWord, Snapshot, Standing, words_of
from .prefix import PrefixAligner

PAUSE_MS = 300.0
"""The shortest gap between words of the reference that counts as a pause."""

READ_MS = 1_000.0
"""A word that was shown for this long counts as read."""

_LATEST = 3
# The word times of references may be wrong by this much.
_TIMES_MS = 100.0


@dataclass(frozen=True, slots=True)
class Delays:
    """Delays in milliseconds from the end of each word that is right in the end until it is shown, stable and saved.

    `first` is the delay of the first word; None if no word was shown. `pauses` are the times from the beginning of each
    pause until all words before it are stable. `latest` are the words with the longest delays until stable, as (text,
    end, delay).
    """

    shown: tuple[float, ...] = ()
    stable: tuple[float, ...] = ()
    saved: tuple[float, ...] = ()
    pauses: tuple[float, ...] = ()
    first: float | None = None
    latest: tuple[tuple[str, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """Words that changed on the page, regardless of case and punctuation.

    `rewritten` counts stable or saved words that were replaced or removed; `vanished` counts words of any kind that
    were shown for READ_MS and then removed without a replacement.
    """

    rewritten: int = 0
    vanished: int = 0
    vanished_words: tuple[str, ...] = ()


@dataclass(slots=True)
class _Said:
    """A word of the reference, and when it first reached each standing."""

    text: str
    start_ms: float
    end_ms: float
    pause_follows: bool
    first: dict[Standing, float] = field(default_factory=dict)


def delays(snapshots: Sequence[Snapshot], words: Sequence[TimedWord]) -> Delays:
    """The delays of the words whose times are known."""
    said = _said(words)
    if not snapshots or not said:
        return Delays()
    aligner = PrefixAligner([word.text for word in said])
    right: set[int] = set()
    for snapshot in snapshots:
        page = words_of(snapshot)
        pairs = aligner.matches([word.text for word in page])
        right = {spoken for spoken, _ in pairs}
        for spoken, place in pairs:
            word = said[spoken]
            # A word on the page before it is spoken is a wrong guess.
            if snapshot.at_ms >= word.start_ms - _TIMES_MS:
                for standing in _reached(page[place]):
                    word.first.setdefault(standing, snapshot.at_ms)
    kept = [word for number, word in enumerate(said) if number in right]

    def late(standing: Standing) -> tuple[float, ...]:
        return tuple(word.first[standing] - word.end_ms for word in kept if standing in word.first)

    shown = late("tentative")
    dried = [word for word in kept if "stable" in word.first]
    return Delays(
        shown,
        late("stable"),
        late("saved"),
        _pauses(said, right),
        next(iter(shown), None),
        tuple(
            (word.text, word.end_ms, word.first["stable"] - word.end_ms)
            for word in sorted(dried, key=lambda word: word.end_ms - word.first["stable"])[:_LATEST]
        ),
    )


def changes(snapshots: Sequence[Snapshot]) -> Changes:
    """The changes that a reader could see."""
    rewritten = 0
    gone: list[str] = []
    page: list[PageWord] = []
    since: list[float] = []
    last = [word.text for word in words_of(snapshots[-1])] if snapshots else []
    for snapshot in snapshots:
        now = words_of(snapshot)
        kept, missing, replaced = _compared(page, now)
        rewritten += sum(page[old].standing != "tentative" for old in (*missing, *replaced))
        read = [old for old in missing if snapshot.at_ms - since[old] >= READ_MS]
        gone += _never_back([word.text for word in page], read, last)
        since = [since[kept[new]] if new in kept else snapshot.at_ms for new in range(len(now))]
        page = now
    return Changes(rewritten, len(gone), tuple(gone))


def _said(words: Sequence[TimedWord]) -> list[_Said]:
    found: list[_Said] = []
    for number, word in enumerate(words):
        ends = number + 1 == len(words) or words[number + 1].start_ms - word.end_ms >= PAUSE_MS
        parts = normalise(word.text)
        found += [
            _Said(part, word.start_ms, word.end_ms, ends and index + 1 == len(parts))
            for index, part in enumerate(parts)
        ]
    return found


def _reached(word: PageWord) -> tuple[Standing, ...]:
    """The standings that a word has reached: a saved word is also stable, a stable one also shown."""
    return STANDINGS[: STANDINGS.index(word.standing) + 1]


def _pauses(said: Sequence[_Said], right: set[int]) -> tuple[float, ...]:
    found: list[float] = []
    latest: float | None = None
    for number, word in enumerate(said):
        if number in right and "stable" in word.first:
            latest = max(latest or 0.0, word.first["stable"])
        if word.pause_follows and latest is not None:
            found.append(max(0.0, latest - word.end_ms))
    return tuple(found)


def _compared(
    before: Sequence[PageWord], now: Sequence[PageWord]
) -> tuple[dict[int, int], list[int], list[int]]:
    """(positions in `now` to positions in `before` of kept words, positions of missing and of replaced words)."""
    old, new = [word.text for word in before], [word.text for word in now]
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    kept = {place: place for place in range(start)}
    kept |= {len(new) - 1 - place: len(old) - 1 - place for place in range(end)}
    missing: list[int] = []
    replaced: list[int] = []
    for was, is_now in align(old[start : len(old) - end], new[start : len(new) - end]):
        if was is None:
            continue
        if is_now is None:
            missing.append(start + was)
        elif old[start + was] == new[start + is_now]:
            kept[start + is_now] = start + was
        else:
            replaced.append(start + was)
    return kept, missing, replaced


def _never_back(page: Sequence[str], missing: Sequence[int], last: Sequence[str]) -> list[str]:
    """The missing words that the last text does not have, nor another word in their place next to one it has."""
    if not missing:
        return []
    partners: dict[int, int] = {}
    for there, here in align(last, page, unfinished=True):
        if there is not None and here is not None:
            partners[here] = there
    same = {here for here, there in partners.items() if page[here] == last[there]}
    return [
        page[place]
        for place in missing
        if place not in same and not (place in partners and {place - 1, place + 1} & same)
    ]
