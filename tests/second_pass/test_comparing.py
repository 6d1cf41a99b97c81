"""Whatever two hearings of the same sound come to: nothing that was heard is lost or there twice."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.second_pass.comparing import Difference, RowChange, Standing, compare
from captions.second_pass.spoken import spelled, tokens_of, words_of
from captions.speech.passage import Passage
from captions.speech.types import Word, join
from tests.factories import words_of as timed


def standing(text: str, start_ms: int = 0, **fields: object) -> Standing:
    words = timed(text, start_ms)
    return Standing(start_ms, words[-1].end_ms, text, words, **fields)  # type: ignore[arg-type]


def heard(text: str, start_ms: int = 0, each_ms: int = 200) -> Passage:
    words = timed(text, start_ms, each_ms=each_ms)
    return Passage(start_ms, words[-1].end_ms, text, words, 0.9, "en")


def texts(differences: Sequence[Difference]) -> list[list[tuple[int | None, str]]]:
    return [[(part.of, part.text) for part in difference] for difference in differences]


def test_what_reads_the_same_is_no_difference() -> None:
    old = [standing("We met, at Nine.", 0), standing("It's a well-known ice cream.", 2_000)]
    new = [heard("we met at nine it’s a well known icecream", 100)]
    assert compare(old, new) == []


def test_a_difference_is_a_sentence_with_the_words_and_times_of_the_new_hearing() -> None:
    old = [standing("We met at nine.", 0), standing("All was fine.", 2_000)]
    new = [heard("We met at nine.", 50), heard("All was wine.", 2_050)]
    ((part,),) = compare(old, new)
    assert (part.of, part.text, part.language) == (1, "All was wine.", "en")
    assert part.words == new[1].words
    assert (part.start_ms, part.end_ms) == (2_000, 2_650), "notes stand where it begins"


def test_sentences_may_be_cut_elsewhere() -> None:
    old = [standing("One two three four.", 0), standing("Five six seven ate.", 800)]
    new = [heard("One two. Three four five six.", 0), heard("Seven eight.", 1_200)]
    assert texts(compare(old, new)) == [[(1, "five six. Seven eight.")]]


def test_a_word_of_both_sides_of_a_border_is_one_difference_of_both() -> None:
    old = [standing("We go to", 0), standing("day by train.", 600)]
    words = (*timed("We go", 0), Word(400, 800, " Monday", 0.9), *timed("by train.", 800))
    new = [Passage(0, 1_200, join(words), words)]
    assert texts(compare(old, new)) == [[(0, "We go Monday"), (1, "by train.")]]


def test_an_utterance_that_was_not_heard_again_stays() -> None:
    old = [standing("We met at nine.", 0), standing("Thank you.", 800), standing("And so on.", 1_200)]
    new = [heard("We met at wine.", 0), heard("And so on.", 1_200)]
    assert texts(compare(old, new)) == [[(0, "We met at wine.")]]
    assert compare(old, []) == []


def test_speech_that_was_missed_is_an_utterance_of_its_own() -> None:
    old = [standing("Before.", 0), standing("After.", 20_000)]
    new = [
        heard("Before.", 0),
        heard("The worker was away.", 5_000),
        heard("Nobody wrote.", 7_000),
        heard("After.", 20_000),
    ]
    found = compare(old, new)
    assert texts(found) == [[(None, "The worker was away.")], [(None, "Nobody wrote.")]]
    assert [part.start_ms for (part,) in found] == [5_000, 7_000]
    assert found[0][0].words == new[1].words


def test_speech_that_was_broken_off_goes_on_as_an_utterance_of_its_own() -> None:
    old = [standing("We were saying", 0), standing("After.", 20_000)]
    new = [heard("We were saying that all of this was written down nowhere at all", 0, 400)]
    assert texts(compare(old, new)) == [[(None, "that all of this was written down nowhere at all")]]


def test_a_word_that_was_missed_at_the_edge_of_an_utterance_is_its_own() -> None:
    old = [standing("met at nine.", 1_000)]
    assert texts(compare(old, [heard("We met at nine sharp.", 800)])) == [[(0, "We met at nine sharp.")]]


def test_what_somebody_has_corrected_does_not_come_back() -> None:
    old = [standing("We met Maren.", 0, corrected=True, heard="We met marrow.")]
    assert compare(old, [heard("We met Marrow", 0)]) == []
    ((part,),) = compare(old, [heard("We met Karen", 0)])
    assert (part.text, part.keeps, part.overwrites) == ("We met Karen", False, True)


def test_what_somebody_has_corrected_stays_where_other_words_of_the_sentence_change() -> None:
    old = [standing("We met Maren at ate.", 0, corrected=True, heard="We met marrow at ate.")]
    ((part,),) = compare(old, [heard("We met marrow at eight.", 40)])
    assert (part.text, part.keeps, part.overwrites) == ("We met Maren at eight.", True, False)
    _assert_in_order(part)


def test_an_utterance_that_gets_earlier_words_stays_after_the_one_before_it() -> None:
    old = [
        Standing(start, end, text, (Word(start, end, f" {text}", 0.9),))
        for start, end, text in [(120, 121, "a"), (121, 530, "a"), (650, 651, "the")]
    ]
    new = [heard("a", 0, 80), heard("the", 80, 450), heard("the", 530, 80)]
    ((part,),) = compare(old, new)
    assert (part.of, part.text, part.start_ms) == (2, "the the", 122)
    _assert_in_order(part)


def test_scripts_without_spaces_are_compared_sign_by_sign() -> None:
    def words(*said: str) -> tuple[Word, ...]:
        return tuple(Word(number * 300, number * 300 + 300, text, 0.9) for number, text in enumerate(said))

    old = [Standing(0, 900, "今日は晴れ。", words("今日", "は晴", "れ。"))]
    assert compare(old, [Passage(0, 900, "今日は晴れ", words("今", "日は", "晴れ"))]) == []
    ((part,),) = compare(old, [Passage(0, 900, "今日は雨。", words("今日", "は", "雨。"))])
    assert part.text == "今日は雨。"


def test_an_utterance_whose_words_do_not_spell_it_is_compared_by_its_text() -> None:
    old = [replace(standing("We met at nine.", 0), words=())]
    assert compare(old, [heard("We met at nine.", 0)]) == []


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("我们走", "好吗", "我们走好吗"),
        ("안녕하세요", "반갑습니다", "안녕하세요 반갑습니다"),
        ("We", "go", "We go"),
    ],
)
def test_words_of_two_sources_are_apart_where_their_script_has_spaces(
    one: str, other: str, both: str
) -> None:
    sources = [[Word(0, 200, one, 0.9)], [Word(300, 500, other, 0.9)]]
    tokens = [token for number, words in enumerate(sources) for token in tokens_of(words, number)]
    assert join(words_of(tokens)) == both


def test_tokens_give_their_words_again() -> None:
    words = (
        Word(0, 100, " „Well", 0.5),
        Word(100, 200, "-known", 0.5),
        Word(200, 300, " –", 0.5),
        Word(300, 600, " 今日は。", 0.5),
    )
    assert join(words_of(tokens_of(words, 0))) == join(words)


def test_four_hours_without_a_pause_are_compared_in_no_time() -> None:
    names = [f"w{number % 997}" for number in range(30_000)]
    old = [standing(" ".join(names[at : at + 30]), at * 200) for at in range(0, 30_000, 30)]
    changed = [name if number % 500 else "other" for number, name in enumerate(names)]
    new = [heard(" ".join(changed[at : at + 41]), at * 200) for at in range(0, 30_000, 41)]
    found = compare(old, new)
    assert len(found) == 60
    assert all(len(difference) == 1 and difference[0].of is not None for difference in found)


WORDS = st.sampled_from(
    ["the", "a", "to", "we", "go", "home", "nine", "ice", "cream", "scream", "well", "day"]
)


@st.composite
def hearings(draw: st.DrawFn) -> tuple[list[Standing], list[Passage]]:
    """One speech with pauses, heard by two who mishear, miss and cut differently."""
    speech: list[tuple[str, int, int]] = []
    clock = 0
    for word in draw(st.lists(WORDS, min_size=1, max_size=40)):
        clock += draw(st.sampled_from([0, 0, 0, 0, 30, 200, 600, 3_000]))
        length = draw(st.sampled_from([80, 200, 450]))
        speech.append((word, clock, clock + length))
        clock += length
    cut = [_cut(draw, _misheard(draw, speech)) for _ in range(2)]
    old = [Standing(words[0].start_ms, words[-1].end_ms, join(words), tuple(words)) for words in cut[0]]
    new = [Passage(words[0].start_ms, words[-1].end_ms, join(words), tuple(words)) for words in cut[1]]
    return old, new


def _misheard(draw: st.DrawFn, speech: Sequence[tuple[str, int, int]]) -> list[Word]:
    words: list[Word] = []
    clock = 0
    deaf = draw(st.booleans()) and draw(st.integers(0, len(speech) - 1))
    for number, (text, start, end) in enumerate(speech):
        what = draw(st.sampled_from(["same"] * 6 + ["other", "missed", "joined", "late"]))
        if what == "missed" or (deaf and deaf <= number < deaf + 8):
            continue
        start = max(clock, start + (120 if what == "late" else 0))
        clock = max(end, start + 1)
        if what == "joined" and words:
            words[-1] = replace(words[-1], text=words[-1].text + text, end_ms=clock)
            continue
        words.append(Word(start, clock, f" {draw(WORDS) if what == 'other' else text}", 0.9))
    return words


def _cut(draw: st.DrawFn, words: Sequence[Word]) -> list[list[Word]]:
    cut: list[list[Word]] = []
    for number, word in enumerate(words):
        pause = word.start_ms - words[number - 1].end_ms if number else 1_000
        if pause > 500 or draw(st.integers(0, 4)) == 0:
            cut.append([])
        cut[-1].append(word)
    return cut


@settings(deadline=None)
@given(hearings())
def test_accepting_all_gives_what_was_heard_the_second_time(
    both: tuple[list[Standing], list[Passage]],
) -> None:
    old, new = both
    differences = compare(old, new)
    parts = [part for difference in differences for part in difference]
    changed = {part.of: part for part in parts if part.of is not None}
    assert len(changed) == sum(part.of is not None for part in parts), "no utterance is in two differences"

    # `seq` orders what begins at the same time; a new one has the highest.
    rows = [
        (each.start_ms, 0, number, each.words, False)
        for number, each in enumerate(old)
        if number not in changed
    ]
    rows += [(part.start_ms, part.of is None, part.of or 0, part.words, True) for part in parts if part.words]
    said = spelled(token for passage in new for token in tokens_of(passage.words, 0))
    # An utterance that was left alone reads as it was heard, or was not heard at all.
    reached = {0}
    for *_, words, must in sorted(rows, key=lambda row: row[:3]):
        text = spelled(tokens_of(words, 0))
        after = {place + len(text) for place in reached if said.startswith(text, place)}
        reached = after if must else after | reached
        assert reached
    assert len(said) in reached


@settings(deadline=None)
@given(hearings())
def test_times_are_in_order_and_within_their_utterance(both: tuple[list[Standing], list[Passage]]) -> None:
    for difference in compare(*both):
        for part in difference:
            _assert_in_order(part)


def _assert_in_order(part: RowChange) -> None:
    assert part.start_ms < part.end_ms
    assert part.text == join(part.words)
    for word in part.words:
        assert part.start_ms <= word.start_ms <= word.end_ms <= part.end_ms
    for one, other in pairwise(part.words):
        assert one.end_ms <= other.start_ms
