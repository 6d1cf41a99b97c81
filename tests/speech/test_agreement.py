from hypothesis import given
from hypothesis import strategies as st

from captions.speech.agreement import Agreement, Tail
from captions.speech.alignment import normalised
from captions.speech.types import Word, join

from .words import spoken

END = 10_000
LATER = END + 200


def test_the_first_decode_is_tentative():
    tail = Agreement().update(spoken("we meet at noon"), audio_end_ms=END)
    assert (tail.stable, tail.tentative) == ("", "we meet at noon")


def test_what_two_decodes_share_is_stable():
    agreement = Agreement()
    agreement.update(spoken("we meet at new"), audio_end_ms=END)
    tail = agreement.update(spoken("we meet at noon today"), audio_end_ms=LATER)
    assert (tail.stable, tail.tentative) == ("we meet at", "noon today")
    tail = agreement.update(spoken("we meet at noon to"), audio_end_ms=LATER + 200)
    assert (tail.stable, tail.tentative) == ("we meet at noon", "to")


def test_case_and_punctuation_do_not_hold_a_word_back():
    agreement = Agreement()
    agreement.update(spoken("We meet. at"), audio_end_ms=END)
    assert agreement.update(spoken("we meet, at noon"), audio_end_ms=LATER).stable == "we meet, at"


def test_words_at_the_end_of_the_sound_stay_tentative():
    agreement = Agreement(margin_ms=200, apart_ms=100)
    words = spoken("we meet at noon")
    agreement.update(words, audio_end_ms=1_250)
    tail = agreement.update(words, audio_end_ms=1_350)
    assert (tail.stable, tail.tentative) == ("we meet at", "noon")
    assert agreement.update(words, audio_end_ms=1_450).stable == "we meet at noon"


def test_words_faster_than_speech_stay_tentative():
    agreement = Agreement()
    invented = spoken("note to self", start_ms=600, each_ms=70)
    words = (*spoken("at noon"), *invented)
    agreement.update(words, audio_end_ms=END)
    tail = agreement.update(words, audio_end_ms=LATER)
    assert (tail.stable, tail.tentative) == ("at noon", "note to self")
    agreement.update(spoken("at noon today"), audio_end_ms=LATER)
    assert agreement.update(spoken("at noon today"), audio_end_ms=LATER + 200).stable == "at noon today"


def test_words_far_faster_than_speech_are_not_shown():
    agreement = Agreement()
    words = (*spoken("at noon"), *spoken("note to self", start_ms=600, each_ms=20))
    for end in (END, LATER):
        assert agreement.update(words, audio_end_ms=end).tentative in ("at noon", "")
    assert agreement.tail.stable == "at noon"
    assert agreement.force().stable == "at noon"


def test_the_same_mistake_in_nearly_the_same_sound_is_not_stable():
    agreement = Agreement(apart_ms=300)
    for end in (END, END + 100, END + 200):
        assert agreement.update(spoken("we meat"), audio_end_ms=end).stable == ""
    agreement.update(spoken("we meet"), audio_end_ms=END + 250)
    tail = agreement.update(spoken("we meet"), audio_end_ms=END + 350)
    assert (tail.stable, tail.tentative) == ("we", "meet")
    assert agreement.update(spoken("we meet"), audio_end_ms=END + 550).stable == "we meet"


def test_a_doubtful_word_has_to_stay_for_longer():
    for probability, apart_ms in ((0.8, 200), (0.7, 1_200), (0.4, 1_800), (0.0, 2_600)):
        words = (*spoken("we"), *spoken("meat today", start_ms=300, probability=probability))
        agreement = Agreement()
        agreement.update(words, audio_end_ms=END)
        expected = "we" if apart_ms > 200 else ""
        assert agreement.update(words, audio_end_ms=END + apart_ms - 10).stable == expected
        assert agreement.update(words, audio_end_ms=END + apart_ms).stable == "we meat today"


def test_the_end_of_speech_makes_all_of_it_stable():
    agreement = Agreement()
    agreement.update(spoken("we meet at noon"), audio_end_ms=END)
    tail = agreement.force()
    assert (tail.stable, tail.tentative) == ("we meet at noon", "")
    assert agreement.force() == tail == agreement.tail


def test_a_decode_that_changes_its_mind_changes_no_stable_word():
    agreement = Agreement()
    for end in (END, LATER):
        agreement.update(spoken("we meat at noon"), audio_end_ms=end)
    tail = agreement.update(spoken("we meet at noon today"), audio_end_ms=LATER)
    assert (tail.stable, tail.tentative) == ("we meat at noon", "today")
    tail = agreement.update(spoken("today"), audio_end_ms=END)
    assert tail.stable == "we meat at noon"


def test_nothing_heard_takes_the_tentative_words_away():
    agreement = Agreement()
    agreement.update(spoken("we meet"), audio_end_ms=END)
    assert agreement.update((), audio_end_ms=END) == Tail()
    # One decode said nothing: what comes next has to be said twice again.
    assert agreement.update(spoken("we meet"), audio_end_ms=LATER).stable == ""


def test_it_knows_whether_a_final_corrects_it():
    agreement = Agreement()
    for end in (END, LATER):
        agreement.update(spoken("we meet at"), audio_end_ms=end)
    assert agreement.kept_by(spoken("We meet at noon."))
    assert not agreement.kept_by(spoken("We met at noon."))
    assert not agreement.kept_by(spoken("We meet"))
    assert Agreement().kept_by(())


sentence = st.lists(st.sampled_from(["a", "B", "b.", "c", "d,", "e"]), max_size=10).map(" ".join)
decodes = st.lists(st.tuples(sentence, st.integers(100, 500), st.integers(0, 6_000)), max_size=12)


@given(decodes)
def test_stable_text_only_ever_grows(takes: list[tuple[str, int, int]]):
    agreement = Agreement()
    before = Tail()
    previous: tuple[Word, ...] = ()
    for text, each_ms, audio_end_ms in takes:
        words = spoken(text, each_ms=each_ms)
        tail = agreement.update(words, audio_end_ms=audio_end_ms)
        assert tail.stable.startswith(before.stable)
        new = tail.stable_words[len(before.stable_words) :]
        assert tail.stable_words[: len(before.stable_words)] == before.stable_words
        # Only what this decode and the last one both said, and not at the end of the sound.
        for word in new:
            assert word in words
            assert word.end_ms <= audio_end_ms - 200
            assert normalised(word.text) in {normalised(other.text) for other in previous}
        # No slower speech than here is hidden: the tentative words are the end of this decode, none of them twice.
        assert words[len(words) - len(tail.tentative_words) :] == tail.tentative_words
        before, previous = tail, words
    forced = agreement.force()
    assert forced.stable_words == before.stable_words + before.tentative_words
    assert forced.stable.startswith(before.stable)


@given(st.integers(1, 12), st.integers(200, 900))
def test_growing_speech_is_spelled_once(count: int, step_ms: int):
    """A flawless engine hears ever more of a sentence, its last word cut: no word is lost, none doubled."""
    whole = spoken(" ".join(f"w{index}" for index in range(count)))
    agreement = Agreement()
    for end in range(step_ms, whole[-1].end_ms + 1_000, step_ms):
        heard = tuple(
            word if word.end_ms <= end else Word(word.start_ms, end, word.text[:2], 0.5)
            for word in whole
            if word.start_ms < end
        )
        tail = agreement.update(heard, audio_end_ms=end)
        shown = tail.stable_words + tail.tentative_words
        assert shown == heard[: len(shown)]
        assert len(shown) == len(heard) or heard[-1].end_ms - heard[-1].start_ms < 30
        assert join(whole).startswith(tail.stable)
    assert agreement.force().stable_words == whole
