import uuid

from captions.speech.coverage import unclear
from captions.speech.endpointing import Endpointer
from captions.speech.live_events import Partial, Row
from captions.speech.live_rows import LiveRows
from captions.speech.live_settings import LiveSettings
from captions.speech.types import TimeRange, Word

from .words import spoken, text_of


def rows(text: str = "", *, start_ms: int = 0) -> LiveRows:
    made = LiveRows(Endpointer(), LiveSettings(), uuid.uuid4, start_ms=0)
    made.language = "en"
    for word in spoken(text, start_ms=start_ms):
        made.append(word)
    return made


def test_a_sentence_is_given_out_when_it_is_closed() -> None:
    made = rows("we meet at noon")
    made.mark(".")
    partial, row = made.close(2_000)
    assert isinstance(partial, Partial)
    assert isinstance(row, Row)
    assert text_of(row.words) == partial.stable == "We meet at noon."
    assert (row.language, row.settled_ms) == ("en", 2_000)
    assert made.start_ms is None
    assert not made.waiting


def test_a_full_stop_that_the_next_word_contradicts_is_no_mark() -> None:
    made = rows("rather selfish")
    made.mark(".")
    made.append(Word(600, 900, " is", 0.9))
    assert text_of(made.words) == "Rather selfish is"


def test_a_word_that_was_left_out_comes_where_it_was_spoken() -> None:
    made = rows("we meet at noon", start_ms=1_000)
    first, _, third, last = made.words
    assert not made.insert(Word(last.start_ms + 1, last.end_ms + 1, " sharp", 0.9)), (
        "it goes on with the sentence"
    )
    assert made.insert(Word(third.start_ms - 1, third.start_ms, " again", 0.9))
    assert text_of(made.words) == "We meet again at noon"
    assert made.insert(Word(first.start_ms - 500, first.start_ms, " today", 0.9))
    assert text_of(made.words) == "Today We meet again at noon"


def test_what_is_unclear_at_the_beginning_of_a_sentence_belongs_to_it() -> None:
    made = rows("we meet")
    ended_ms = made.words[-1].end_ms
    made.close(ended_ms)
    for word in spoken("at noon", start_ms=ended_ms + 1_000):
        made.append(word)
    unheard = unclear(TimeRange(ended_ms + 100, ended_ms + 900))
    assert not made.is_late(unheard)
    assert made.insert(unheard)
    assert text_of(made.words) == "[unclear] At noon"
    assert made.is_late(Word(0, ended_ms, " then", 0.9)), "that sentence is done"


def test_a_row_begins_behind_the_one_before() -> None:
    made = rows("we meet")
    ended_ms = made.words[-1].end_ms
    made.close(ended_ms)
    for word in spoken("noon", start_ms=ended_ms + 500):
        made.append(word)
    assert made.insert(Word(ended_ms - 100, ended_ms + 400, " at", 0.9))
    _, row = made.close(ended_ms + 1_000)
    assert isinstance(row, Row)
    assert [(word.start_ms, word.text) for word in row.words] == [
        (ended_ms, " At"),
        (ended_ms + 500, " Noon"),
    ]


def test_words_whose_sentence_is_done_are_a_row_of_their_own() -> None:
    partial, row = rows().late(spoken("at noon", start_ms=500))
    assert isinstance(partial, Partial)
    assert isinstance(row, Row)
    assert partial.key == row.key
    assert (text_of(row.words), row.settled_ms) == ("at noon", row.words[-1].end_ms)
