from captions.speech.passage import Passage
from captions.speech.turns import Turn, told_apart
from captions.speech.types import Word

ANA, BEN = 7, 3


def passage(text: str, start_ms: int = 0, each_ms: int = 500) -> Passage:
    words = tuple(
        Word(start_ms + number * each_ms, start_ms + (number + 1) * each_ms, f" {word}", 0.8)
        for number, word in enumerate(text.split())
    )
    return Passage(words[0].start_ms, words[-1].end_ms, text, words, 0.8, "en")


def said(passages: list[Passage], turns: list[Turn]) -> list[tuple[int, str]]:
    return [(each.speaker, each.text) for each in told_apart(passages, turns)[0]]


def test_voices_are_numbered_as_they_come() -> None:
    passages = [passage("Good morning."), passage("Hello there.", 2_000), passage("We begin.", 4_000)]
    turns = [Turn(0, 1_000, ANA), Turn(1_900, 3_100, BEN), Turn(4_000, 5_000, ANA)]
    assert said(passages, turns) == [(1, "Good morning."), (2, "Hello there."), (1, "We begin.")]
    assert told_apart(passages, turns)[1] == 2


def test_without_turns_nothing_changes() -> None:
    passages = [passage("Good morning.")]
    assert told_apart(passages, []) == (passages, 0)


def test_a_sentence_is_divided_where_another_one_goes_on() -> None:
    turns = [Turn(0, 1_000, ANA), Turn(1_000, 2_000, BEN)]
    first, second = told_apart([passage("Are you sure? Quite sure.")], turns)[0][:2]
    # The third word is in the turn of the second voice.
    assert (first.text, first.speaker, first.start_ms, first.end_ms) == ("Are you", 1, 0, 1_000)
    assert (second.text, second.speaker, second.start_ms) == ("sure? Quite sure.", 2, 1_000)
    assert second.end_ms == 2_500
    assert second.language == "en"
    assert (
        " ".join(word.text.strip() for word in (*first.words, *second.words)) == "Are you sure? Quite sure."
    )


def test_a_single_word_does_not_break_a_sentence() -> None:
    turns = [Turn(0, 1_000, ANA), Turn(1_000, 1_500, BEN), Turn(1_500, 3_000, ANA)]
    assert said([passage("We should wait for her here.")], turns) == [(1, "We should wait for her here.")]
    # Nor one at its beginning.
    turns = [Turn(0, 500, BEN), Turn(500, 3_000, ANA)]
    assert said([passage("We should wait for her here.")], turns) == [(1, "We should wait for her here.")]


def test_moments_of_several_voices_are_of_who_says_the_most() -> None:
    turns = [Turn(0, 500, ANA), Turn(500, 1_000, BEN), Turn(1_000, 1_500, ANA)]
    assert said([passage("Yes no yes")], turns) == [(1, "Yes no yes")]


def test_what_is_said_outside_of_all_turns_is_of_the_nearest() -> None:
    turns = [Turn(0, 1_000, ANA), Turn(9_000, 10_000, BEN)]
    assert [speaker for speaker, _ in said([passage("Yes."), passage("I see it.", 6_500)], turns)] == [1, 2]


def test_a_passage_without_words_has_the_voice_of_its_time() -> None:
    turns = [Turn(0, 1_000, ANA), Turn(1_000, 5_000, BEN)]
    found, voices = told_apart([Passage(500, 4_000, "[unclear]")], turns)
    assert ([each.speaker for each in found], voices) == ([1], 1)


def test_a_word_in_two_turns_is_of_the_longer_part() -> None:
    turns = [Turn(0, 3_000, ANA), Turn(2_600, 6_000, BEN)]
    found = said([passage("one two three four", 0, 1_000)], turns)
    assert found == [(1, "one two three four")]
