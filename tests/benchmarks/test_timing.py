import random

from captions.benchmarks.corpus import TimedWord
from captions.benchmarks.livetest.wer import align
from captions.benchmarks.page import Row, Snapshot
from captions.benchmarks.prefix import PrefixAligner
from captions.benchmarks.timing import Changes, changes, delays

# One word each half second, with a pause behind the third.
SAID = [
    TimedWord("One", 0, 400),
    TimedWord("two", 500, 900),
    TimedWord("three.", 1000, 1400),
    TimedWord("Four", 2500, 2900),
]


def page(at_ms: float, stable: str = "", tentative: str = "", saved: str = "") -> Snapshot:
    rows = (Row(saved, saved=True),) if saved else ()
    return Snapshot(at_ms, (*rows, Row(stable, tentative)))


def test_each_word_is_timed_from_its_end_to_where_it_stands() -> None:
    found = delays(
        [
            page(600, tentative="one"),
            page(1200, "One", "two"),
            page(1500, "One two", "three"),
            page(1700, "One two three"),
            page(3400, saved="One two three.", tentative="for"),
            page(4000, saved="One two three. Four"),
        ],
        SAID,
    )
    assert list(found.shown) == [200, 300, 100, 1100]
    assert list(found.stable) == [800, 600, 300, 1100]
    assert list(found.saved) == [3000, 2500, 2000, 1100]
    assert found.first == 200
    assert list(found.pauses) == [300, 1100]
    assert found.latest == (("four", 2900, 1100), ("one", 400, 800), ("two", 900, 600))


def test_words_that_are_wrong_in_the_end_are_not_timed() -> None:
    found = delays([page(500, tentative="one"), page(2000, saved="Won two three.")], SAID)
    assert list(found.shown) == [1100, 600]
    assert list(found.pauses) == [600, 0], "the last word never came, and the others were there by then"


def test_a_word_is_not_shown_before_it_is_said() -> None:
    found = delays([page(500, tentative="one two three four"), page(3000, saved="one two three four")], SAID)
    assert found.shown[-1] == 100
    assert delays([], SAID).first is None
    assert not delays([page(0, saved="one")], []).shown


def test_stable_words_that_change_are_counted_and_their_marks_are_not() -> None:
    kept = [page(0, "One two.", "thre"), page(500, "One two, three"), page(900, saved="ONE! Two three")]
    assert changes(kept) == Changes()
    assert changes([page(0, "One two", "three"), page(500, "One too three")]).rewritten == 1
    assert changes([page(0, "One two", "three"), page(500, "One")]).rewritten == 1
    assert changes([page(0, saved="One two."), page(500, saved="One.")]).rewritten == 1


def test_words_that_were_read_and_then_are_gone_are_counted() -> None:
    read = [
        page(0, "One", "two three"),
        page(500, "One", "two three four"),
        page(1500, saved="One."),
        page(2500, saved="One.", tentative="five six"),
    ]
    assert changes(read).vanished_words == ("two", "three", "four")
    assert changes(read).rewritten == 0
    too_soon = [page(0, tentative="one two"), page(900, saved="One")]
    assert changes(too_soon).vanished == 0


def test_words_that_are_replaced_or_come_back_have_not_vanished() -> None:
    replaced = [page(0, tentative="one too three"), page(2000, saved="One two three")]
    assert changes(replaced).vanished == 0
    back = [
        page(0, tentative="one two three"),
        Snapshot(2000, ()),
        page(2500, saved="One too three."),
        page(4000, saved="One too three.", tentative="and more"),
    ]
    assert changes(back).vanished == 0


def test_the_beginning_of_a_reference_is_found_as_the_slow_way_finds_it() -> None:
    chance = random.Random(3)
    for _ in range(30):
        reference = [chance.choice("abcde") for _ in range(chance.randrange(1, 30))]
        aligner = PrefixAligner(reference)
        heard: list[str] = []
        for _ in range(10):
            heard = heard[: chance.randrange(len(heard) + 1)]
            heard += [chance.choice("abcdef") for _ in range(chance.randrange(8))]
            expected = sum(
                1
                for said, place in align(reference, heard, unfinished=True)
                if said is None or place is None or reference[said] != heard[place]
            )
            matches = aligner.matches(heard)
            assert all(reference[said] == heard[place] for said, place in matches)
            assert int(aligner._costs[-1].min()) == expected
