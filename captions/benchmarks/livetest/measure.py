"""Computes figures from the events of a stream; times are milliseconds since the beginning of the sound."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..page import replay
from ..timing import Delays, changes, delays
from .events import Event
from .reference import Reference
from .wer import WerResult, align, normalise, wer

# Finals may overlap slightly where an utterance was split; a longer overlap means that sound was transcribed twice.
_OVERLAP_MS = 500


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of some delays, in milliseconds."""

    count: int
    p50: float | None
    p95: float | None
    longest: float | None


@dataclass(frozen=True, slots=True)
class FinalsCheck:
    """The number of finals received, and the `seq` numbers of wrong ones.

    `missing` are below the highest number; `doubled` repeat an utterance or its sound; `changed` differ from the
    database.
    """

    received: int
    missing: tuple[int, ...]
    doubled: tuple[int, ...]
    changed: tuple[int, ...]

    @property
    def ok(self) -> bool:
        return not (self.missing or self.doubled or self.changed)


@dataclass(frozen=True, slots=True)
class Measures:
    """The figures of a stream.

    `shown` and `stable` are delays since the end of a word, `final` since the end of an utterance's speech.
    `stable_broken` counts stable words that became others or went, case and punctuation aside, which must not happen;
    `corrected` counts finals that differ from their stable text.
    """

    text: str
    wer: WerResult | None
    shown: Spread
    stable: Spread
    final: Spread
    finals: FinalsCheck
    stable_broken: int
    corrected: int


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile for a `share` from 0 to 1; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def spread(values: Iterable[float]) -> Spread:
    found = [round(value, 1) for value in values]
    return Spread(len(found), percentile(found, 0.5), percentile(found, 0.95), max(found, default=None))


def measure(
    events: Sequence[Event], replayed: Sequence[dict[str, Any]] | None, reference: Reference | None
) -> Measures:
    """The figures of a stream; `replayed` are the finals that `sync` returned at the end, None without that."""
    in_time = finals_in_time(events)
    text = text_of(in_time)
    partials = partials_by_utterance(events)
    page = replay(events)
    words = delays(page, reference.words) if reference else Delays()
    return Measures(
        text=text,
        wer=wer([reference.text], text) if reference else None,
        shown=spread(words.shown),
        stable=spread(words.stable),
        final=spread(_final_delays(events, reference)),
        finals=check_finals([event.message for event in events if event.type == "final"], replayed),
        stable_broken=changes(page).rewritten,
        corrected=sum(_corrects(event, partials.get(event.message["utterance"], [])) for event in in_time),
    )


def _final_delays(events: Sequence[Event], reference: Reference | None) -> list[float]:
    """For each utterance from the end of its speech, or of its final without a reference, until its final came."""
    in_time = finals_in_time(events)
    ends = _spoken_ends(in_time, reference) if reference else {}
    return [event.at_ms - ends.get(event.message["utterance"], event.message["end_ms"]) for event in in_time]


def finals_in_time(events: Iterable[Event]) -> list[Event]:
    """Each final once, in the order of time."""
    finals = _distinct(event for event in events if event.type == "final")
    return sorted(finals, key=lambda event: (event.message["start_ms"], event.message["seq"]))


def text_of(finals: Iterable[Event]) -> str:
    return " ".join(str(event.message["text"]).strip() for event in finals).strip()


def partials_by_utterance(events: Iterable[Event]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = {}
    for event in events:
        if event.type == "partial":
            found.setdefault(event.message["utterance"], []).append(event)
    return found


def check_finals(live: Sequence[dict[str, Any]], replayed: Sequence[dict[str, Any]] | None) -> FinalsCheck:
    """Compares the finals received live with each other and with those in the database."""
    sent = {message["seq"]: message for message in live}
    saved = sent if replayed is None else {message["seq"]: message for message in replayed}
    highest = max([*sent, *saved], default=0)
    missing = [seq for seq in range(1, highest + 1) if seq not in sent]
    changed = [seq for seq in sorted(sent) if _substance(sent[seq]) != _substance(saved.get(seq))]
    doubled = {message["seq"] for message in live if _substance(message) != _substance(sent[message["seq"]])}
    seen: set[str] = set()
    covered = float("-inf")
    for message in sorted(sent.values(), key=lambda message: (message["start_ms"], message["seq"])):
        if message["utterance"] in seen or covered - message["start_ms"] > _OVERLAP_MS:
            doubled.add(message["seq"])
        seen.add(message["utterance"])
        covered = max(covered, message["end_ms"])
    return FinalsCheck(len(sent), tuple(missing), tuple(sorted(doubled)), tuple(changed))


def _substance(message: dict[str, Any] | None) -> tuple[Any, ...] | None:
    return (
        None
        if message is None
        else tuple(message.get(name) for name in ("utterance", "start_ms", "end_ms", "text"))
    )


def _distinct(finals: Iterable[Event]) -> list[Event]:
    """The first event of each `seq`, because a final may be sent more than once."""
    first: dict[int, Event] = {}
    for event in finals:
        first.setdefault(event.message["seq"], event)
    return list(first.values())


def _spoken_ends(finals: Sequence[Event], reference: Reference) -> dict[str, float]:
    """The end, in the sound, of the last word of each utterance that was recognised correctly."""
    places = [
        (event.message["utterance"], word) for event in finals for word in normalise(event.message["text"])
    ]
    found: dict[str, float] = {}
    for spoken, place in align([word.text for word in reference.words], [word for _, word in places]):
        if spoken is not None and place is not None:
            utterance, word = places[place]
            if reference.words[spoken].text == word:
                found[utterance] = reference.words[spoken].end_ms
    return found


def _corrects(final: Event, partials: Sequence[Event]) -> bool:
    stable = normalise(partials[-1].message["stable"]) if partials else []
    return normalise(final.message["text"])[: len(stable)] != stable
