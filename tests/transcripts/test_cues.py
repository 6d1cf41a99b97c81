from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from captions.speech.types import Word
from captions.transcripts.export.cues import MAX_MS, MIN_MS, Cue, cues
from captions.transcripts.export.pieces import columns
from captions.transcripts.export.transcript import Passage
from tests.factories import words_of


def passage(text: str, start_ms: int = 0, *, each_ms: int = 300) -> Passage:
    words = words_of(text, start_ms, each_ms=each_ms)
    return Passage(start_ms, words[-1].end_ms, text, words, 0.9, "en")


def lines(found: list[Cue]) -> list[tuple[str, ...]]:
    return [cue.lines for cue in found]


def squashed(text: str) -> str:
    return "".join(text.split())


def test_an_utterance_that_fits_is_one_cue_with_its_own_times() -> None:
    assert list(cues([passage("Two dogs and a piano.", 4_180)])) == [
        Cue(4_180, 5_680, ("Two dogs and a piano.",))
    ]


def test_two_lines_are_balanced_and_broken_before_a_conjunction() -> None:
    (cue,) = cues([passage("I know about the piano because I was asked to help lift it.")])
    assert cue.lines == ("I know about the piano", "because I was asked to help lift it.")


def test_a_long_utterance_is_split_after_punctuation_at_the_times_of_its_words() -> None:
    text = (
        "The last ferry of the season left Stromness at twenty past four, "
        "with eleven passengers, two dogs and a piano."
    )
    first, second = cues([passage(text, 4_000)])
    assert first == Cue(
        4_000, 4_000 + 12 * 300, ("The last ferry of the season left", "Stromness at twenty past four,")
    )
    assert second == Cue(7_600, 10_000, ("with eleven passengers,", "two dogs and a piano."))


def test_no_line_ends_with_an_article() -> None:
    text = "She went towards the weather rather than away from the island in the north of the country that we know."
    for cue in cues([passage(text)]):
        for line in cue.lines:
            assert line.split()[-1].casefold() not in ("the", "a", "an", "of", "in")


def test_what_lasts_longer_than_seven_seconds_is_split_even_if_it_is_short() -> None:
    found = list(cues([passage("One two three four five six.", each_ms=2_000)]))
    assert len(found) == 2
    assert all(cue.end_ms - cue.start_ms <= MAX_MS for cue in found)


def test_a_long_pause_begins_a_new_cue() -> None:
    words = (*words_of("It was late.", 0), *words_of("Then it rained.", 3_000))
    text = "It was late. Then it rained."
    assert lines(list(cues([Passage(0, 3_600, text, words)]))) == [("It was late.",), ("Then it rained.",)]


def test_a_short_cue_lasts_a_second_where_there_is_room() -> None:
    found = list(
        cues([passage("Yes.", 0, each_ms=200), passage("No.", 600, each_ms=200), passage("Well.", 5_000)])
    )
    assert [(cue.start_ms, cue.end_ms) for cue in found] == [(0, 600), (600, 1_600), (5_000, 6_000)]


def test_utterances_at_the_same_time_follow_each_other() -> None:
    found = list(
        cues([passage("One two three.", 1_000), passage("Four five six.", 1_200), passage("Seven.", 1_300)])
    )
    assert [cue.start_ms for cue in found] == [1_000, 1_900, 2_800]
    assert all(first.end_ms <= second.start_ms for first, second in pairwise(found))


def test_a_text_that_differs_from_its_words_keeps_its_time() -> None:
    edited = Passage(1_000, 3_000, "Quite another text.", words_of("One two.", 1_000), 0.9, "en")
    assert list(cues([edited])) == [Cue(1_000, 3_000, ("Quite another text.",))]


def test_scripts_without_spaces_are_wrapped_between_their_words() -> None:
    text = "你好我是一个很长的句子" * 6
    words = tuple(Word(i * 100, (i + 1) * 100, character, 0.9) for i, character in enumerate(text))
    found = list(cues([Passage(0, 6_600, text, words, 0.9, "zh")]))
    assert squashed("".join("".join(cue.lines) for cue in found)) == text
    assert all(columns(line) <= 42 for cue in found for line in cue.lines)


def test_a_word_that_is_wider_than_a_line_is_cut() -> None:
    found = list(cues([passage("w" * 100, each_ms=1_000)]))
    assert [[len(line) for line in cue.lines] for cue in found] == [[42, 42], [16]]


def test_a_last_line_is_never_only_a_number() -> None:
    text = "The harmonium in the kirk of Stromness is from 1911"
    for cue in cues([passage(text)]):
        assert len(cue.lines) == 1 or not cue.lines[-1].isdecimal()


def test_nothing_said_is_no_cue() -> None:
    assert list(
        cues([Passage(0, 100, ""), Passage(100, 200, " \n\x00\ufeff "), Passage(200, 300, "A.")])
    ) == [Cue(200, 1_200, ("A.",))]


any_text = st.text(
    st.one_of(st.characters(), st.sampled_from("aaa bbb  .,-<>{}\\&\n\u2028\u0301你1")), max_size=300
)
any_word = st.builds(
    Word,
    st.integers(-1_000, 50_000),
    st.integers(-1_000, 50_000),
    any_text.map(lambda text: f" {text[:20]}"),
    st.floats(0, 1),
)
spoken = st.builds(
    lambda start, length, words: Passage(
        start, start + length, "".join(word.text for word in words), tuple(words), None, ""
    ),
    st.integers(0, 40_000),
    st.integers(0, 30_000),
    st.lists(any_word, max_size=30),
)
unspoken = st.builds(
    lambda start, length, text: Passage(start, start + length, text),
    st.integers(0, 40_000),
    st.integers(0, 30_000),
    any_text,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(spoken, unspoken), max_size=6))
def test_whatever_was_said_cues_are_in_order_and_within_their_limits(passages: list[Passage]) -> None:
    passages.sort(key=lambda passage: passage.start_ms)
    found = list(cues(passages))
    for cue in found:
        assert 0 < cue.end_ms - cue.start_ms <= MAX_MS
        assert 1 <= len(cue.lines) <= 2
        assert all(line.strip() == line and line for line in cue.lines)
        assert all(columns(line) <= 42 for line in cue.lines)
    for cue, following in pairwise(found):
        assert cue.end_ms <= following.start_ms
        assert cue.end_ms - cue.start_ms >= min(MIN_MS, following.start_ms - cue.start_ms)
    printable = "".join(c for p in passages for c in p.text if not _dropped(c))
    assert squashed("".join("".join(cue.lines) for cue in found)) == squashed(printable)


def _dropped(character: str) -> bool:
    return (
        character in "\ufeff\ufffe\uffff"
        or "\ud800" <= character <= "\udfff"
        or character < " "
        or ("\x7f" <= character <= "\x9f")
    )
