from typing import Any

from captions.benchmarks.livetest.events import Event
from captions.benchmarks.page import PageWord, Row, replay, words_of


def partial(at_ms: float, stable: str, tentative: str = "", utterance: str = "a", start_ms: int = 0) -> Event:
    message = {"utterance": utterance, "start_ms": start_ms, "stable": stable, "tentative": tentative}
    return Event(at_ms, {"type": "partial", **message})


def final(at_ms: float, text: str, seq: int = 1, utterance: str = "a", **fields: Any) -> Event:
    message = {"seq": seq, "utterance": utterance, "text": text, "start_ms": 0, **fields}
    return Event(at_ms, {"type": "final", **message})


def test_open_text_becomes_rows_and_the_rest_of_it_stays_open() -> None:
    found = replay(
        [
            Event(0, {"type": "speech", "state": "started", "at_ms": 0}),
            partial(100, "", "one"),
            partial(400, "one", "two."),
            final(900, "One two."),
            partial(910, "three", "for", start_ms=700),
            partial(1500, "three four", start_ms=700),
        ]
    )
    assert [(each.at_ms, each.rows) for each in found] == [
        (100, (Row("", "one"),)),
        (400, (Row("one", "two."),)),
        (910, (Row("One two.", saved=True), Row("three", "for"))),
        (1500, (Row("One two.", saved=True), Row("three four"))),
    ]
    assert words_of(found[2]) == [
        PageWord("one", "saved"),
        PageWord("two", "saved"),
        PageWord("three", "stable"),
        PageWord("for", "tentative"),
    ]


def test_the_highest_version_of_a_row_holds_and_one_without_text_is_none() -> None:
    found = replay(
        [
            final(0, "One.", version=2),
            final(100, "Won.", version=1),
            final(200, "Two.", seq=2, utterance="b", start_ms=500),
            final(300, "One two.", version=3),
            final(310, "", seq=2, utterance="b", start_ms=500, version=2),
        ]
    )
    assert [each.text for each in found] == ["One.", "One. Two.", "One two."]


def test_rows_stand_in_the_order_in_which_they_were_said() -> None:
    events = [
        final(0, "Later.", seq=1, utterance="b", start_ms=900),
        final(100, "Sooner.", seq=2, start_ms=100),
        partial(200, "", "last", "c", 1500),
    ]
    assert replay(events)[-1].text == "Sooner. Later. last"


def test_a_partial_without_words_takes_its_utterance_away() -> None:
    assert [each.text for each in replay([partial(0, "", "um"), partial(500, "")])] == ["um", ""]


def test_in_scripts_without_spaces_a_character_is_a_word() -> None:
    (page,) = replay([partial(0, "正午に、会う", "dann später")])
    assert [word.text for word in words_of(page)] == ["正", "午", "に", "会", "う", "dann", "später"]
