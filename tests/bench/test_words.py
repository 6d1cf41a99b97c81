from typing import Any

from captions.bench import words
from captions.livetest.measure import Event
from captions.livetest.wer import normalise

SAID = normalise("where did you put the red book")


def event(kind: str, **fields: Any) -> Event:
    return Event(0, {"type": kind, "utterance": "a", "seq": 1, "start_ms": 0, **fields})


def test_only_words_that_the_model_can_hear_count_as_lost() -> None:
    offline = normalise("where did you put red book")
    assert words.lost(SAID, offline, normalise("where did you put the red book")) == 0
    assert words.lost(SAID, offline, normalise("where did you put red book")) == 0
    assert words.lost(SAID, offline, normalise("where did put red")) == 2
    assert words.lost(SAID, SAID, normalise("where did you put the red cook")) == 0


def test_words_said_again_nearby_are_doubled() -> None:
    assert words.doubled(SAID, SAID, normalise("where did you put put the red book")) == 1
    assert words.doubled(SAID, SAID, normalise("where did you put the red the red book")) == 2
    assert words.doubled(SAID, SAID, normalise("well where did you put the red book")) == 0
    twice = normalise("where where did you put the red book")
    assert words.doubled(SAID, twice, twice) == 0


def test_stable_words_that_change_are_counted_in_partials_and_in_the_final() -> None:
    kept = [
        event("partial", stable="Where did", tentative="he"),
        event("partial", stable="Where did you", tentative=""),
        event("final", text="where did you put it?"),
    ]
    assert words.rewritten(kept) == words.corrected(kept) == 0
    changed = [
        event("partial", stable="Where did", tentative=""),
        event("partial", stable="There did he", tentative=""),
        event("final", text="There did you put it?"),
    ]
    assert words.rewritten(changed) == 2
    assert words.corrected(changed) == 1, "the other one was changed before"
    assert (
        words.rewritten([event("partial", stable="One two", tentative=""), event("final", text="One")]) == 1
    )
