from typing import Any

import pytest

from captions.benchmarks.corpus import TimedWord
from captions.benchmarks.livetest.events import Event
from captions.benchmarks.livetest.measure import check_finals, measure, percentile
from captions.benchmarks.livetest.reference import Reference


def final(seq: int, utterance: str, start_ms: int, end_ms: int, text: str) -> dict[str, Any]:
    return {
        "type": "final",
        "seq": seq,
        "utterance": utterance,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "text": text,
    }


def partial(utterance: str, stable: str, tentative: str) -> dict[str, Any]:
    return {
        "type": "partial",
        "utterance": utterance,
        "start_ms": 0,
        "stable": stable,
        "tentative": tentative,
    }


def reference(text: str, *ends: int) -> Reference:
    words = text.lower().replace(".", "").split()
    return Reference(text, tuple(TimedWord(word, 0.0, end) for word, end in zip(words, ends, strict=True)))


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([], 0.5) is None
    assert percentile([5], 0.95) == 5
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([4, 1, 3, 2], 0.5) == 2


def test_words_are_timed_by_their_first_and_their_stable_appearance() -> None:
    spoken = reference("Buy milk. Buy rice.", 500, 900, 2500, 2900)
    events = [
        Event(700, partial("a", "", "by")),
        Event(1000, partial("a", "", "Buy milk")),
        Event(1300, partial("a", "Buy", "milk")),
        Event(1700, final(1, "a", 100, 900, "Buy milk.")),
        Event(2800, partial("b", "", "Buy")),
        Event(3600, final(2, "b", 2100, 2900, "Buy rice.")),
        Event(4000, {"type": "media", "state": "ended"}),
    ]
    found = measure(events, None, spoken)
    assert found.text == "Buy milk. Buy rice."
    assert found.wer is not None
    assert found.wer.errors == 0
    # 1000-500, 1000-900, 2800-2500, 3600-2900
    assert (found.shown.count, found.shown.p50, found.shown.longest) == (4, 300, 700)
    # 1300-500, 1700-900, 3600-2500, 3600-2900
    assert (found.stable.p50, found.stable.longest) == (800, 1100)
    # 1700-900, 3600-2900
    assert (found.final.p50, found.final.p95) == (700, 800)
    assert found.stable_broken == found.corrected == 0


def test_words_that_were_not_recognised_are_not_timed() -> None:
    found = measure([Event(2000, final(1, "a", 0, 900, "by milk"))], None, reference("Buy milk", 500, 900))
    assert found.shown.count == 1
    assert found.wer is not None
    assert (found.wer.errors, found.wer.words) == (1, 2)


def test_without_a_reference_the_finals_count_from_the_servers_times() -> None:
    found = measure([Event(1500, final(1, "a", 0, 900, "Buy milk."))], None, None)
    assert found.wer is None
    assert found.shown.p50 is None
    assert found.final.p50 == 600


def test_stable_words_that_change_are_counted() -> None:
    events = [
        Event(1, partial("a", "one two", "")),
        Event(100, partial("a", "one", "too")),
        Event(200, partial("a", "one", "too three")),
        Event(300, final(1, "a", 0, 1, "One to three")),
    ]
    found = measure(events, None, None)
    assert found.stable_broken == 1
    assert found.corrected == 0
    assert measure([events[0], events[-1]], None, None).corrected == 1


def test_a_sentence_that_turns_out_to_be_two_has_the_same_words() -> None:
    events = [
        Event(2000, partial("a", "one from fairest", "")),
        Event(3000, partial("a", "One.", "")),
        Event(3001, partial("b", "From fairest.", "")),
        Event(4000, final(1, "a", 0, 900, "One.")),
        Event(4001, final(2, "b", 1000, 1900, "From fairest.")),
    ]
    found = measure(events, None, reference("One. From fairest.", 500, 1500, 1900))
    assert found.stable_broken == 0
    assert (found.shown.longest, found.stable.longest) == (1500, 1500)


def test_utterances_that_were_saved_late_are_read_in_their_time() -> None:
    events = [Event(1, final(1, "b", 5000, 6000, "second")), Event(2, final(2, "a", 0, 1000, "first"))]
    assert measure(events, None, None).text == "first second"


def test_a_stream_without_a_word() -> None:
    found = measure([], [], reference("Buy milk", 500, 900))
    assert found.wer is not None
    assert found.wer.rate == 1
    assert found.finals.ok


ONE, TWO, THREE = (
    final(1, "a", 0, 900, "one"),
    final(2, "b", 1000, 1900, "two"),
    final(3, "c", 2000, 2900, "three"),
)


def test_finals_in_order_are_fine_and_may_be_sent_again() -> None:
    assert check_finals([ONE, TWO, TWO, THREE], [ONE, TWO, THREE]).ok
    assert check_finals([ONE, TWO], None).ok


@pytest.mark.parametrize(
    ("live", "replayed", "missing", "doubled", "changed"),
    [
        ([ONE, THREE], [ONE, TWO, THREE], (2,), (), ()),
        ([ONE], [ONE, TWO], (2,), (), ()),
        ([ONE, TWO], [ONE], (), (), (2,)),
        ([ONE, TWO], [ONE, {**TWO, "text": "too"}], (), (), (2,)),
        ([ONE, {**TWO, "utterance": "a"}], None, (), (2,), ()),
        ([ONE, {**TWO, "start_ms": 100}], None, (), (2,), ()),
        ([ONE, {**ONE, "text": "won"}], None, (), (1,), ()),
    ],
)
def test_finals_that_are_wrong(
    live: list[dict[str, Any]],
    replayed: list[dict[str, Any]] | None,
    missing: tuple[int, ...],
    doubled: tuple[int, ...],
    changed: tuple[int, ...],
) -> None:
    found = check_finals(live, replayed)
    assert (found.missing, found.doubled, found.changed) == (missing, doubled, changed)
    assert not found.ok
