from captions.speech.endpointing import Endpointer
from captions.speech.live_language import LiveLanguage
from captions.speech.live_settings import LiveSettings
from captions.speech.types import SILENCE, Hypothesis

from .dictation import said
from .words import spoken


def heard(language: str, probability: float) -> Hypothesis:
    found = said([])
    return Hypothesis(found.words, language, probability, 0.0, -0.1, 1.0)


def english(*, detects: bool = True) -> LiveLanguage:
    made = LiveLanguage(Endpointer(), LiveSettings(), detects=detects)
    made.settle("en")
    made.begin(10_000)
    return made


def test_after_a_pause_the_language_is_not_known() -> None:
    made = english()
    assert (made.since_ms, made.likely("", 900), made.likely("", 1_200)) == (10_000, "en", "")
    assert english(detects=False).since_ms is None


def test_no_sound_is_asked_for_from_before_the_beginning() -> None:
    endpointer = Endpointer()
    made = LiveLanguage(endpointer, LiveSettings(), detects=True, start_ms=10_000)
    made.settle("en")
    made.begin(10_050)
    for at_ms in range(10_050, 12_000, 32):
        endpointer.push(at_ms, at_ms + 32, 0.9)
    request = made.request(12_000)
    assert request is not None
    assert request.start_ms == 10_000
    assert made.take(request, heard("en", 0.95)) == "en"


def test_a_stretch_that_is_known_does_not_begin_again() -> None:
    made = english()
    made.settle("en")
    made.begin(10_000)
    assert made.since_ms is None
    made.begin(10_001)
    assert made.since_ms == 10_001


def test_the_same_language_is_known_soon() -> None:
    made = english()
    assert not made.is_due(1_100)
    assert made.is_due(1_200)
    assert made.check(heard("en", 0.6), 1_200) == "en"
    assert made.is_evident_from(heard("en", 0.6), 1_200)
    assert not made.is_evident_from(heard("en", 0.4), 1_200)


def test_another_one_is_known_when_it_is_certain_in_enough_voice() -> None:
    made = english()
    assert made.check(heard("de", 0.95), 1_200) is None
    assert not made.is_due(2_000)
    assert made.is_due(2_500)
    assert made.check(heard("de", 0.95), 2_500) == "de"


def test_one_that_is_not_certain_then_is_not_taken_up() -> None:
    made = english()
    assert made.check(heard("nn", 0.5), 1_200) is None
    assert made.check(heard("nn", 0.5), 2_500) == "en"
    assert not made.is_due(9_000)


def test_a_check_that_fails_tells_nothing() -> None:
    made = english()
    assert made.check(SILENCE, 1_200) is None
    assert made.check(SILENCE, 2_500) == "en"


def test_at_the_beginning_enough_voice_tells() -> None:
    made = LiveLanguage(Endpointer(), LiveSettings(), detects=True)
    made.begin(0)
    assert not made.is_evident_from(heard("de", 0.95), 1_200)
    assert made.is_evident_from(heard("de", 0.95), 1_500)
    assert not made.is_evident_from(heard("de", 0.5), 2_900)
    assert made.is_evident_from(heard("de", 0.5), 3_000)
    assert made.check(heard("de", 0.5), 1_200) is None
    assert made.check(heard("de", 0.5), 2_500) == "de", "there is no other"


def test_words_in_a_language_that_may_be_wrong_are_shown_where_the_model_believes_them() -> None:
    made = LiveLanguage(Endpointer(), LiveSettings(), detects=True)
    made.begin(0)
    assert made.is_readable(spoken("and so my", probability=0.5), "en", 900)
    assert not made.is_readable(spoken("and so my", probability=0.4), "en", 900)
    looped = (*spoken("and", probability=0.4), *spoken("And, and", probability=0.9))
    assert not made.is_readable(looped, "en", 900), "it is surer of what it says again"
    assert not made.is_readable((), "en", 900)
    assert not made.is_readable(spoken("ننننننن"), "ar", 900)
    assert made.is_readable(looped, "en", 1_500), "they are better than nothing"
    made.settle("en")
    assert made.is_readable(looped, "en", 900)
    made.begin(5_000)
    assert made.is_readable(looped, "en", 900), "what was spoken before is likely"
    assert not made.is_readable(looped, "de", 900)
