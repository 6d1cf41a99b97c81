import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.agreement import Agreement, AgreementSettings
from captions.speech.alignment import normalised
from captions.speech.types import Word

from .words import spoken, text_of

END = 10_000
LATER = END + 150


def tentative(agreement: Agreement) -> str:
    return text_of(agreement.tentative)


def test_the_first_decode_is_tentative() -> None:
    agreement = Agreement()
    assert agreement.update(spoken("we meet at noon"), audio_end_ms=END) == ()
    assert tentative(agreement) == "we meet at noon"


def test_what_two_decodes_share_is_stable_and_given_once() -> None:
    agreement = Agreement()
    agreement.update(spoken("we meet at new"), audio_end_ms=END)
    stable = agreement.update(spoken("we meet at noon today"), audio_end_ms=LATER)
    assert (text_of(stable), tentative(agreement)) == ("we meet at", "noon today")
    stable = agreement.update(spoken("noon to"), audio_end_ms=LATER + 150)
    assert (text_of(stable), tentative(agreement)) == ("noon", "to")


def test_case_and_punctuation_do_not_hold_a_word_back() -> None:
    agreement = Agreement()
    agreement.update(spoken("We meet. at"), audio_end_ms=END)
    assert text_of(agreement.update(spoken("we meet, at noon"), audio_end_ms=LATER)) == "we meet, at"


def test_words_at_the_end_of_the_sound_stay_tentative() -> None:
    agreement = Agreement()
    words = spoken("we meet at noon")
    agreement.update(words, audio_end_ms=1_200)
    stable = agreement.update(words, audio_end_ms=1_499)
    assert (text_of(stable), tentative(agreement)) == ("we meet at", "noon")
    assert text_of(agreement.update(words[3:], audio_end_ms=1_500)) == "noon"


@pytest.mark.parametrize(
    ("probability", "margin_ms"), [(1.0, 300), (0.9, 300), (0.675, 750), (0.45, 1_200), (0.0, 1_200)]
)
def test_the_margin_grows_with_doubt(probability: float, margin_ms: int) -> None:
    assert AgreementSettings().margin_ms(probability) == margin_ms
    words = spoken("meat", probability=probability)
    for behind_ms, stable in ((margin_ms - 1, ""), (margin_ms, "meat")):
        agreement = Agreement()
        agreement.update(words, audio_end_ms=300)
        assert text_of(agreement.update(words, audio_end_ms=300 + behind_ms)) == stable


def test_a_doubtful_word_holds_back_those_behind_it() -> None:
    words = (*spoken("meat", probability=0.1), *spoken("today", start_ms=300))
    agreement = Agreement()
    agreement.update(words, audio_end_ms=600)
    assert agreement.update(words, audio_end_ms=1_499) == ()
    assert text_of(agreement.update(words, audio_end_ms=1_500)) == "meat today"


def test_the_same_mistake_in_nearly_the_same_sound_is_not_stable() -> None:
    agreement = Agreement(AgreementSettings(apart_ms=300))
    for end_ms in (END, END + 100, END + 200):
        assert agreement.update(spoken("we meat"), audio_end_ms=end_ms) == ()
    agreement.update(spoken("we meet"), audio_end_ms=END + 250)
    assert text_of(agreement.update(spoken("we meet"), audio_end_ms=END + 350)) == "we"
    assert text_of(agreement.update(spoken("meet"), audio_end_ms=END + 550)) == "meet"


def test_what_was_taken_back_has_to_be_said_twice_again() -> None:
    agreement = Agreement()
    agreement.update(spoken("we meet"), audio_end_ms=END)
    assert agreement.update((), audio_end_ms=LATER) == ()
    assert agreement.tentative == ()
    assert agreement.update(spoken("we meet"), audio_end_ms=LATER + 150) == ()


def test_words_can_be_held_back() -> None:
    agreement = Agreement()
    agreement.update(spoken("we meet"), audio_end_ms=END)
    assert agreement.update(spoken("we meet"), audio_end_ms=LATER, hold=True) == ()
    assert tentative(agreement) == "we meet"
    assert text_of(agreement.update(spoken("we meet"), audio_end_ms=LATER)) == "we meet"


def test_it_can_be_made_to_forget() -> None:
    agreement = Agreement()
    agreement.update(spoken("we meet"), audio_end_ms=END)
    agreement.clear()
    assert agreement.tentative == ()
    assert agreement.update(spoken("we meet"), audio_end_ms=LATER) == ()


sentence = st.lists(st.sampled_from(["a", "B", "b.", "c", "d,", "e"]), max_size=10).map(" ".join)


@given(st.lists(st.tuples(sentence, st.integers(100, 500), st.integers(0, 6_000)), max_size=12))
def test_only_what_was_said_before_becomes_stable(takes: list[tuple[str, int, int]]) -> None:
    agreement, settings = Agreement(), AgreementSettings()
    before: tuple[Word, ...] = ()
    for text, each_ms, audio_end_ms in takes:
        words = spoken(text, each_ms=each_ms)
        stable = agreement.update(words, audio_end_ms=audio_end_ms)
        assert (*stable, *agreement.tentative) == words
        for word, same in zip(stable, before, strict=False):
            assert normalised(word.text) == normalised(same.text)
            assert audio_end_ms - word.end_ms >= settings.sure_margin_ms
        assert len(stable) <= len(before)
        before = agreement.tentative


@given(st.integers(1, 12), st.integers(150, 900))
def test_growing_speech_is_spelled_once(count: int, step_ms: int) -> None:
    """A flawless engine hears ever more of a sentence, its last word cut: no word is lost, none doubled."""
    whole = spoken(" ".join(f"w{index}" for index in range(count)))
    agreement = Agreement()
    stable: tuple[Word, ...] = ()
    for end in range(step_ms, whole[-1].end_ms + 3_000, step_ms):
        heard = tuple(
            word if word.end_ms <= end else Word(word.start_ms, end, word.text[:2], 0.5)
            for word in whole
            if word.start_ms < end
        )
        stable += agreement.update(heard[len(stable) :], audio_end_ms=end)
        assert whole[: len(stable)] == stable
    assert stable == whole
