import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.continuation import believable, continuation, continuation_of, part_mark, spoken_now
from captions.speech.types import TimeRange, Word

from .words import spoken, text_of


@pytest.mark.parametrize(
    ("text", "bare", "mark"),
    [
        ("We meet at noon.", "We meet at noon", "."),
        ("noon?! ", "noon", "?!"),
        ('He said "noon."', 'He said "noon', '."'),
        ("正午に会いましょう。", "正午に会いましょう", "。"),
        ("well...", "well", "..."),
        ("noon", "noon", ""),
        ("3.5", "3.5", ""),
        ("...", "...", ""),
        ("", "", ""),
    ],
)
def test_the_mark_at_the_end_of_a_text(text: str, bare: str, mark: str) -> None:
    assert part_mark(text) == (bare, mark)


@pytest.mark.parametrize(
    ("heard", "prefix", "mark", "words"),
    [
        ("we meet at noon", "", "", "we meet at noon"),
        ("we meet at noon", "we meet", "", "at noon"),
        ("we meet. At noon", "we meet", ".", "At noon"),
        ("we meet, at noon", "we meet", ",", "at noon"),
        ("we meet.", "we meet", ".", ""),
        ("we meets at noon", "we meet", "", "at noon"),
        ("we meet", "we meet", "", ""),
        ("we", "we meet at noon", "", ""),
        ("", "we meet", "", ""),
        ("Well, we meet at noon", "Well, we", "", "meet at noon"),
    ],
)
def test_what_comes_behind_a_prefix(heard: str, prefix: str, mark: str, words: str) -> None:
    found = continuation(spoken(heard), prefix)
    assert (found.mark, text_of(found.words)) == (mark, words)


def test_words_that_the_model_cuts_otherwise_make_no_difference() -> None:
    words = [Word(0, 100, " one-", 0.9), Word(100, 300, "way", 0.9), Word(300, 700, " street", 0.9)]
    assert text_of(continuation(words, "one-way").words) == "street"
    glued = [Word(0, 300, " oneway", 0.9), Word(300, 700, " street", 0.9)]
    assert text_of(continuation(glued, "one way").words) == "street"


def test_where_no_spaces_are_written() -> None:
    words = [Word(300 * index, 300 * index + 300, text, 0.9) for index, text in enumerate("正午に会う")]
    assert "".join(word.text for word in continuation(words, "正午").words) == "に会う"


def test_words_faster_than_speech_are_left_out_and_so_is_what_follows_them() -> None:
    words = (*spoken("we meet at noon"), *spoken("thank you for watching", start_ms=1_200, each_ms=20))
    assert text_of(believable((*words, *spoken("again", start_ms=2_000)))) == "we meet at noon"
    assert text_of(continuation(words, "we meet").words) == "at noon"


def test_fast_speech_is_believed() -> None:
    words = spoken("and then the ferry leaves at ten and then another one", each_ms=150)
    assert believable(words) == words


def test_one_short_word_is_believed() -> None:
    assert believable(spoken("extraordinary", each_ms=20)) == spoken("extraordinary", each_ms=20)
    assert believable(()) == ()


text = st.lists(st.sampled_from(["a", "bc", "def,", "g.", "hi?"]), max_size=8)


def test_the_last_stable_word_may_be_the_beginning_of_a_longer_one() -> None:
    found = continuation_of(spoken("fast here there's nothing on"), spoken("fast here there"))
    assert text_of(found.words) == "nothing on"
    later = continuation_of(spoken("fast here there there's nothing on"), spoken("fast here there"))
    assert text_of(later.words) == "there's nothing on", "it was said at another time"


def test_letters_behind_the_prefix_say_that_its_last_word_breaks_off() -> None:
    found = continuation(spoken("we meet-t-t at noon"), "we meet")
    assert (text_of(found.words), found.mark, found.breaks_off) == ("at noon", "", True)
    assert not continuation(spoken("we meet, at noon"), "we meet").breaks_off


@given(text, text)
def test_prefix_mark_and_words_are_all_that_was_heard(before: list[str], after: list[str]) -> None:
    prefix = part_mark(" ".join(before))[0]
    found = continuation(spoken(" ".join([*before, *after])), prefix)
    said = f"{prefix}{found.mark} {text_of(found.words)}"
    assert said.split() == [*before, *after]


def test_words_of_the_prefix_at_the_time_when_they_were_spoken_are_not_new() -> None:
    words = (*spoken("we meet at noon"), *spoken("Meet at noon. Bring the keys", start_ms=400))
    found = continuation(words, "we meet at noon", heard_ms=1_200)
    assert text_of(found.words) == "Bring the keys"
    assert found.mark == ""


def test_words_of_the_prefix_that_there_was_no_time_to_say_again_are_not_new() -> None:
    said = spoken("we meet at noon")
    again = spoken("We meet at noon.", start_ms=said[-1].end_ms, each_ms=60)
    assert continuation((*said, *again), "we meet at noon", heard_ms=said[-1].end_ms).words == ()


def test_words_that_come_again_in_their_own_time_are_new() -> None:
    words = spoken("words words words words")
    assert text_of(continuation(words, "words words", heard_ms=words[1].end_ms).words) == "words words"


def test_one_word_that_comes_again_by_chance_is_new() -> None:
    words = spoken("he might have been made happy. He might even have been amiable")
    # Attention has stretched the last of the prefix over what comes next.
    found = continuation(words, "he might have been made happy. He", heard_ms=words[7].end_ms)
    assert text_of(found.words) == "might even have been amiable"


def test_other_words_are_new_wherever_the_attention_is() -> None:
    words = spoken("we meet at noon")
    assert text_of(continuation(words, "we meet", heard_ms=words[3].end_ms).words) == "at noon"


@pytest.mark.parametrize(
    ("stable", "heard", "mark", "words"),
    [
        ("", "we meet", "", "we meet"),
        ("we meet", "We meet, at noon", ",", "at noon"),
        ("we meet", "We meat at noon", "", "at noon"),
        ("we meet", "We meet", "", ""),
        ("we meet", "", "", ""),
    ],
)
def test_a_decode_that_was_not_told_the_stable_words(stable: str, heard: str, mark: str, words: str) -> None:
    found = continuation_of(spoken(heard), spoken(stable))
    assert (found.mark, text_of(found.words)) == (mark, words)


def test_a_phrase_comes_again_only_in_the_time_that_it_takes() -> None:
    said = spoken("no no no no", each_ms=300)
    assert believable(said) == said
    looped = (
        *spoken("we meet at noon", each_ms=300),
        *spoken("we meet at noon", start_ms=1_200, each_ms=100),
    )
    assert text_of(believable(looped)) == "we meet at noon"


def test_a_phrase_that_comes_again_may_begin_in_the_prefix() -> None:
    said = spoken("and so my fellow")
    looped = (*said, *spoken("Americans. And so my fellow Americans.", start_ms=1_200, each_ms=130))
    assert text_of(continuation(looped, "and so my", heard_ms=900).words) == "fellow Americans."
    assert text_of(continuation_of(looped, said[:3], heard_ms=900).words) == "fellow Americans."
    in_time = spoken("and so my fellow Americans. And so my fellow Americans.")
    assert (
        text_of(continuation(in_time, "and so my").words) == "fellow Americans. And so my fellow Americans."
    )


def test_words_that_had_no_time_before_are_spoken_where_they_are_found() -> None:
    voice = [TimeRange(0, 900), TimeRange(2_000, 2_600)]
    found = spoken("he was", start_ms=2_000)
    guessed = (*spoken("more than he"), Word(890, 970, " was.", 0.7))
    assert spoken_now(guessed, found[1:], voice) == 1
    assert spoken_now(spoken("more than was"), found[1:], voice) == 0, "it was said twice"
    squeezed = (*spoken("more than"), *spoken("he was", start_ms=600, each_ms=50))
    assert spoken_now(squeezed, found, voice) == 2
    assert spoken_now((), found, voice) == spoken_now(guessed, (), voice) == 0


def test_what_is_no_word_is_not_believed() -> None:
    told = Word(0, 600, " tedious", 0.9)
    syllables = Word(600, 860, " 嘎嘎嘎嘎嘎嘎", 0.8)
    assert believable([told, syllables, Word(860, 900, " 嘎", 0.8)]) == (told,), "a syllable takes its time"
    assert believable([told, syllables]) == (told,), "nor does it come at the end"
    assert believable([Word(0, 150, " " + "s" * 50, 0.9)]) == ()
    assert believable([said := Word(0, 500, " hahahaha", 0.9)]) == (said,)
    slow = tuple(Word(250 * n, 250 * n + 250, text, 0.9) for n, text in enumerate("正午に会う"))
    assert believable(slow) == slow
