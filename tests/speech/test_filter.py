from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.filter import accept_final, clamped
from captions.speech.types import SILENCE, Hypothesis, TimeRange, Word, join

from .words import spoken

VOICE = TimeRange(300, 5_300)


def heard(
    text: str,
    *,
    no_speech: float = 0.05,
    log_probability: float = -0.3,
    compression: float = 1.2,
    words: tuple[Word, ...] | None = None,
) -> Hypothesis:
    spelled = spoken(text, start_ms=300) if words is None else words
    return Hypothesis(spelled, "en", 0.99, no_speech, log_probability, compression)


def final_text(hypothesis: Hypothesis, voice: TimeRange = VOICE) -> str | None:
    kept = accept_final(hypothesis, voice)
    return None if kept is None else kept.text


class TestRealSpeech:
    @pytest.mark.parametrize(
        "hypothesis",
        [
            heard("We meet at noon."),
            heard("No.", no_speech=0.9),  # a model is often unsure of a single word
            heard("Hm, quietly said.", log_probability=-1.4, no_speech=0.3),
            heard("No, no, no, no, no!"),
            heard("I know, I know, I know."),
            heard("bye bye bye bye", compression=2.5),
        ],
    )
    def test_it_passes(self, hypothesis: Hypothesis):
        assert final_text(hypothesis) == hypothesis.text

    def test_a_word_as_short_as_the_shortest_utterance_passes(self):
        assert final_text(heard("Yes."), TimeRange(300, 396)) == "Yes."

    def test_fast_speech_passes(self):
        words = spoken(" ".join(["extraordinarily"] + ["quick"] * 3 + ["talk"] * 3), each_ms=160)
        assert final_text(heard("", words=words), TimeRange(0, words[-1].end_ms)) == join(words)


class TestRepetitions:
    """What somebody really repeats has its own times."""

    @pytest.mark.parametrize(
        ("text", "each_ms"),
        [
            ("My account is " + "zero " * 8 + "one.", 500),
            ("0" + " -0" * 7 + " -1", 400),
            ("pa " * 10, 300),
            ("He shouted " + "no, " * 9 + "do not go there.", 250),
            ("very " * 12 + "well", 160),
            ("I know, " * 9, 200),
        ],
    )
    def test_it_is_kept_as_often_as_it_was_said(self, text: str, each_ms: int):
        words = spoken(text, each_ms=each_ms)
        assert final_text(heard("", words=words), TimeRange(0, words[-1].end_ms)) == join(words)

    def test_it_is_kept_once_where_the_model_did_not_hear_it(self):
        words = spoken("well " + "yes " * 12, each_ms=300, probability=0.1)
        assert final_text(heard("", words=words), TimeRange(0, words[-1].end_ms)) == "well yes"

    def test_what_is_squeezed_behind_the_end_is_left_out(self):
        words = (
            *spoken("We meet at noon", start_ms=300),
            *spoken("and then the end of it", start_ms=1_500, each_ms=15),
        )
        assert final_text(heard("", words=words)) == "We meet at noon"

    def test_fast_speech_is_never_dropped_whole(self):
        said = (
            "offer subject to credit approval restrictions and exclusions apply see participating dealers for complete "
            "details representative financing available through participating institutions"
        )
        words, at = [], 0.0
        for text in said.split():
            words.append(Word(round(at), round(at + len(text) / 0.034), f" {text}", 0.9))
            at += len(text) / 0.034
        assert final_text(heard("", words=tuple(words)), TimeRange(0, round(at))) == said


class TestInventedText:
    @pytest.mark.parametrize(
        "hypothesis",
        [
            SILENCE,
            heard(""),
            heard("…"),
            heard("Thank you.", no_speech=0.8, log_probability=-1.2),
            heard("oh ah uh oh eh", log_probability=-1.6, compression=3.0),
        ],
    )
    def test_it_is_dropped(self, hypothesis: Hypothesis):
        assert accept_final(hypothesis, VOICE) is None

    def test_more_than_anybody_can_say_is_dropped(self):
        cough = TimeRange(300, 460)
        words = spoken("Thank you for watching, see you soon.", start_ms=300, each_ms=20)
        assert accept_final(heard("", words=words), cough) is None

    def test_a_doubtful_word_where_nobody_spoke_is_dropped(self):
        words = (*spoken("We meet.", start_ms=300), Word(6_200, 6_400, " Bye.", 0.2))
        assert final_text(heard("", words=words)) == "We meet."

    def test_a_certain_word_there_is_moved_to_where_the_voice_was(self):
        words = (*spoken("We meet.", start_ms=300), Word(6_200, 6_400, " Bye.", 0.9))
        kept = accept_final(heard("", words=words), VOICE)
        assert kept is not None
        assert kept.text == "We meet. Bye."
        assert kept.words[-1].end_ms <= VOICE.end_ms + 200


class TestLoops:
    @pytest.mark.parametrize(
        ("looping", "once"),
        [
            ("and then the " * 6, "and then the"),
            (
                "so we go home " + "to the end of the road " * 4 + "to the",
                "so we go home to the end of the road",
            ),
            ("well " + "yes " * 12, "well yes"),
            ("it was " * 5 + "late", "it was late"),
            ("a b c " * 4 + "x " + "d e f " * 4, "a b c x d e f"),
        ],
    )
    def test_a_loop_is_kept_once(self, looping: str, once: str):
        hypothesis = heard("", words=spoken(looping, each_ms=50), compression=4.0)
        assert final_text(hypothesis) == once


times = st.integers(0, 8_000)


@given(st.lists(st.tuples(times, times), max_size=20), times, times, st.integers(0, 500))
def test_word_times_are_in_order_and_where_the_voice_was(
    spans: list[tuple[int, int]], one: int, other: int, slack_ms: int
):
    voice = TimeRange(min(one, other), max(one, other))
    words = [Word(min(span), max(span), f" {index}", 0.5) for index, span in enumerate(sorted(spans))]
    result = clamped(words, voice, slack_ms=slack_ms)
    assert [word.text for word in result] == [word.text for word in words]
    for word in result:
        assert 0 <= word.start_ms < word.end_ms
        assert voice.start_ms - slack_ms <= word.start_ms
        assert word.end_ms <= max(voice.end_ms + slack_ms, voice.start_ms - slack_ms + 20, 20)
    assert all(before.start_ms <= after.start_ms for before, after in pairwise(result))


def test_times_within_the_voice_are_left_alone():
    words = spoken("We meet at noon.", start_ms=400)
    assert clamped(words, VOICE, slack_ms=200) == words
