from hypothesis import given
from hypothesis import strategies as st

from captions.speech.types import TimeRange, Word
from captions.speech.window_start import Start, later_start

from .words import spoken

KEEP_MS = 6_000


def voice_of(words: tuple[Word, ...]) -> list[TimeRange]:
    """Where the words are, those that follow each other at once in one range."""
    ranges: list[TimeRange] = []
    for word in words:
        if ranges and ranges[-1].end_ms == word.start_ms:
            ranges[-1] = TimeRange(ranges[-1].start_ms, word.end_ms)
        else:
            ranges.append(TimeRange(word.start_ms, word.end_ms))
    return ranges


def start_of(text: str, *, open_words: int = 0, keep_ms: int = KEEP_MS, each_ms: int = 500) -> Start | None:
    words = spoken(text, each_ms=each_ms)
    end_ms = words[-1].end_ms if words else 0
    return later_start(words, voice_of(words), open_words=open_words, end_ms=end_ms, keep_ms=keep_ms)


def test_too_few_words_are_left_alone() -> None:
    assert start_of("") is None
    assert start_of("one two three") is None


def test_in_even_speech_it_keeps_what_is_wanted() -> None:
    start = start_of(" ".join(["on"] * 28))
    assert start is not None
    assert start.at_ms == 28 * 500 - KEEP_MS
    assert start.words == 16


def test_between_sentences_is_better_than_within_one() -> None:
    text = ["on"] * 28
    text[12] = "on."
    start = start_of(" ".join(text))
    assert start == Start(13 * 500, 13)


def test_in_a_pause_it_is_near_its_end() -> None:
    start = start_of(f"{'on ' * 14} _ _ {'on ' * 12}")
    assert start == Start(16 * 500 - 150, 14)


def test_a_short_pause_is_halved() -> None:
    words = (*spoken("on " * 14, each_ms=500), *spoken("on " * 14, start_ms=7_200, each_ms=500))
    start = later_start(words, voice_of(words), open_words=0, end_ms=14_200, keep_ms=KEEP_MS)
    assert start == Start(7_100, 14)


def test_a_pause_that_reaches_into_inexact_words_is_found() -> None:
    words = [Word(0, 2_000, " one", 0.9), Word(2_000, 3_900, " two", 0.9)]
    words += spoken("three four five six", start_ms=3_900, each_ms=500)
    voice = [TimeRange(0, 1_800), TimeRange(3_000, 6_000)]
    start = later_start(words, voice, open_words=0, end_ms=6_000, keep_ms=3_000)
    assert start == Start(2_850, 1)


def test_the_open_sentence_is_kept_where_that_costs_little() -> None:
    text = f"{'on ' * 15} on. {'on ' * 12}"
    start = start_of(text, open_words=12, keep_ms=5_000)
    assert start is not None
    assert start.words == 16


def test_an_endless_sentence_is_cut_all_the_same() -> None:
    start = start_of("on " * 56, open_words=56)
    assert start is not None
    assert start.at_ms == 56 * 500 - KEEP_MS


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 20), st.sampled_from(["on", "on."])), max_size=40),
    st.integers(0, 40),
)
def test_wherever_it_is_words_are_whole(parts: list[tuple[int, int, str]], open_words: int) -> None:
    words: list[Word] = []
    at_ms = 0
    for length, pause, text in parts:
        words.append(Word(at_ms, at_ms + 32 * length, f" {text}", 0.9))
        at_ms += 32 * (length + pause)
    start = later_start(
        words,
        voice_of(tuple(words)),
        open_words=min(open_words, len(words)),
        end_ms=at_ms,
        keep_ms=KEEP_MS,
    )
    if start is None:
        return
    assert 1 <= start.words <= len(words) - 3
    assert words[start.words - 1].end_ms <= start.at_ms <= words[start.words].start_ms
    assert start.at_ms >= 1_000
