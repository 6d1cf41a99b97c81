from collections.abc import Sequence
from itertools import pairwise

import pytest

from captions.asr.engine.openai.answer import Answer, TimedText
from captions.asr.engine.openai.timing import words_of
from captions.speech.types import TimeRange, Word, join

VOICE = (TimeRange(1_000, 2_000), TimeRange(3_000, 4_000))


def words(answer: Answer, language: str = "en", length_ms: int = 5_000) -> tuple[Word, ...]:
    found = words_of(answer, language, length_ms, lambda: VOICE)
    for one, other in pairwise(found):
        assert one.start_ms < one.end_ms <= other.start_ms
    assert join(found) == " ".join(answer.text.split())
    return found


def timed(*found: tuple[str, float, float]) -> tuple[TimedText, ...]:
    return tuple(TimedText(*each) for each in found)


def texts(found: Sequence[Word]) -> list[str]:
    return [each.text for each in found]


def test_words_get_the_punctuation_of_the_text() -> None:
    found = words(
        Answer(
            'He said: "Go on, Ada!"',
            words=timed(
                ("He", 0, 0.3), ("said", 0.4, 0.8), ("Go", 1, 1.2), ("on", 1.3, 1.5), ("Ada", 2, 2.5)
            ),
        )
    )
    assert texts(found) == [" He", " said:", ' "Go', " on,", ' Ada!"']
    assert [(each.start_ms, each.end_ms) for each in found] == [
        (0, 300), (400, 800), (1_000, 1_200), (1_300, 1_500), (2_000, 2_500),
    ]  # fmt: skip


def test_words_that_are_not_in_the_text_so() -> None:
    found = words(
        Answer(
            "It cost 5 dollars.",
            words=timed(("It", 0, 0.3), ("cost", 0.4, 0.8), ("five", 1, 1.4), ("dollars", 1.5, 2)),
        )
    )
    assert texts(found) == [" It", " cost", " 5", " dollars."]
    assert found[0].start_ms == 0
    assert found[3].start_ms == 1_500
    assert 400 <= found[1].start_ms < found[2].start_ms < 1_500


def test_words_of_another_text_are_no_use() -> None:
    found = words(Answer("One two.", words=timed(("seven", 0, 1))))
    assert found[0].start_ms == 1_000


def test_words_with_marks_within() -> None:
    found = words(
        Answer(
            "It's on-line", words=timed(("It", 0, 0.3), ("s", 0.3, 0.4), ("on", 1, 1.2), ("line", 1.2, 1.6))
        )
    )
    assert texts(found) == [" It's", " on-line"]


def test_a_language_without_spaces() -> None:
    found = words(Answer("你好，世界。", words=timed(("你好", 0, 0.5), ("世界", 0.6, 1))), "zh")
    assert texts(found) == ["你好，", "世界。"]
    assert texts(words(Answer("你好。"), "zh")) == ["你", "好。"]


def test_segments_have_times_too() -> None:
    answer = Answer("One two. Three.", segments=timed((" One two.", 1, 2), (" Three.", 2.5, 3)))
    found = words(answer)
    assert texts(found) == [" One", " two.", " Three."]
    assert (found[0].start_ms, found[1].end_ms) == (1_000, 2_000)
    assert (found[2].start_ms, found[2].end_ms) == (2_500, 3_000)


def test_without_times_words_are_spread_over_the_voice_by_their_letters() -> None:
    found = words(Answer("Four word word Four"))
    assert [(each.start_ms, each.end_ms) for each in found] == [
        (1_000, 1_500), (1_500, 2_000), (3_000, 3_500), (3_500, 4_000),
    ]  # fmt: skip


def test_without_voice_over_the_sound() -> None:
    found = words_of(Answer("One two"), "en", 1_000, lambda: ())
    assert (found[0].start_ms, found[-1].end_ms) == (0, 1_000)


def test_times_behind_the_end_of_the_sound() -> None:
    found = words(Answer("One two", words=timed(("One", 0, 0.5), ("two", 7, 9))), length_ms=1_000)
    assert found[-1].end_ms <= 1_000


def test_nothing_is_no_word() -> None:
    assert words(Answer(" \n")) == ()


@pytest.mark.parametrize("text", ["One two", " One two"])
def test_probabilities_of_tokens(text: str) -> None:
    answer = Answer(text, tokens=((text[:-4], -0.1), (" t", -0.5), ("wo", -0.7)), mean_log_probability=-0.43)
    found = words(answer)
    assert [round(each.probability, 2) for each in found] == [0.9, 0.55]


def test_probabilities_of_others() -> None:
    assert {each.probability for each in words(Answer("One two"))} == {1.0}
    segments = (TimedText("One two", 0, 1, 0.5),)
    assert {each.probability for each in words(Answer("One two", segments=segments))} == {0.5}
    # Tokens of another text tell only how sure the whole is.
    odd = Answer("One two", tokens=(("Seven", -0.5),), mean_log_probability=-0.5)
    assert {round(each.probability, 2) for each in words(odd)} == {0.61}
