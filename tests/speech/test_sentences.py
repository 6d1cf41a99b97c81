import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.speech.coverage import unclear
from captions.speech.sentences import LONGEST_MS, ends_sentence, sentences, written_before
from captions.speech.types import TimeRange, Word, join

from .words import spoken


@pytest.mark.parametrize(
    "text",
    [
        "noon.",
        "noon?",
        "noon!",
        '"at noon."',
        "(at noon.)",
        "We meet at noon.",
        "I.",
        "1984.",
        "etc.",
        "正午に会いましょう。",
        "什么？",
        "كيف حالك؟",
        "यह है।",
        "‘no.’",
        "«oui.»",
        "Nein.“",
        "well?!",
    ],
)
def test_a_sentence_ends(text: str):
    assert ends_sentence(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "noon",
        "noon,",
        "noon;",
        "3.5",
        "$3.50",
        "Mr.",
        "Dr.",
        "e.g.",
        "z.B.",
        "J.",
        "U.S.",
        "vs.",
        "(Prof.",
        "well...",
        "well…",
        "そう…",
        "A:",
        "-",
        "…",
        "«Oui,»",
    ],
)
def test_a_sentence_goes_on(text: str):
    assert not ends_sentence(text)


@pytest.mark.parametrize(
    "said",
    [
        "We met Mr. Smith. / He was in.",
        "J. R. Tolkien wrote it. / It is long.",
        "It cost 3.50 at noon. / Not more.",
        "We meet at 5 p.m. on Monday. / Come!",
        "“Why?” he asked. / Nobody knew.",
        "Nehmen Sie z. B. Brot. / Oder Käse.",
        "Am 3. Mai war es warm. / Danach nicht.",
        "Well... I think so. / Yes.",
        "See No. 5 there. / No. / It is gone.",
        "Es kostet ca. 3 Mio. Euro. / Frag Hr. Meier in der Hauptstr. 5 danach. / Gut.",
        "Der sog. Experte ist Dipl.-Ing. Maier. / Siehe Abb. 3 und Kap. 4 im Buch. / Danke.",
        "Ask Sen. Warren and Rev. Green on Feb. 5 about Mt. Rainier. / It is 20 ft. / No more.",
        "We left in Feb. / It was cold. / One more rep. / That is the max. / Good.",
        "one two three",
    ],
)
def test_rows_are_sentences(said: str):
    parts = [part.strip() for part in said.split("/")]
    assert [join(each) for each in sentences(spoken(said.replace("/ ", "")))] == parts


def test_a_number_ends_a_sentence_where_a_pause_follows():
    words = (*spoken("It was in May 12."), *spoken("Then he left.", start_ms=2_000))
    assert [join(each) for each in sentences(words)] == ["It was in May 12.", "Then he left."]


def test_a_pause_does_not_end_a_sentence_and_a_long_silence_does():
    words = (*spoken("until the"), *spoken("or rather", start_ms=2_500), *spoken("and now", start_ms=5_200))
    assert [join(each) for each in sentences(words)] == ["until the or rather", "and now"]
    assert [join(each) for each in sentences(words, silence_ms=1_500)] == [
        "until the",
        "or rather",
        "and now",
    ]


def test_dots_end_a_sentence_where_another_begins():
    assert len(sentences(spoken("He said... Nobody listened."))) == 2
    assert len(sentences(spoken("He said... and nobody listened."))) == 1


def test_scripts_without_spaces():
    words = tuple(Word(at * 200, at * 200 + 200, text, 0.9) for at, text in enumerate("我们走。好吗？好"))
    assert [join(each) for each in sentences(words)] == ["我们走。", "好吗？", "好"]


def test_a_model_without_full_stops_makes_no_endless_row():
    words = (*spoken("la " * 150), *spoken("la " * 150, start_ms=45_900))
    found = sentences(words)
    assert len(found) > 1
    assert all(each[-1].end_ms - each[0].start_ms <= LONGEST_MS for each in found)
    assert found[0][-1].end_ms == 45_000


texts = st.sampled_from([" a", " b.", " C", " Mr.", " 3.", " d?", " E!", "…", " f..."])


@given(st.lists(st.tuples(texts, st.integers(0, 3_000))), st.integers(200, 3_000))
def test_no_word_is_lost(said: list[tuple[str, int]], silence_ms: int):
    words, at = [], 0
    for text, pause in said:
        words.append(Word(at + pause, at + pause + 200, text, 0.5))
        at += pause + 200
    found = sentences(words, silence_ms)
    assert [word for each in found for word in each] == words
    assert all(found)


@pytest.mark.parametrize(
    ("text", "following", "written"),
    [
        (" selfish.", " is", " selfish"),
        (" selfish.", " Is", " selfish."),
        (" selfish.", " 3", " selfish."),
        (" selfish?", " is", " selfish?"),
        (" selfish...", " is", " selfish..."),
        (" selfish", " is", " selfish"),
        (" Inc.", " is", " Inc."),
        (" Mr.", " von", " Mr."),
        (" a.m.", " today", " a.m."),
        (" 3.", " mai", " 3."),
        ("です。", "私", "です。"),
    ],
)
def test_no_full_stop_stands_before_a_small_letter(text: str, following: str, written: str):
    assert written_before(text, following) == written


def test_what_is_unclear_may_begin_a_sentence():
    unheard = unclear(TimeRange(900, 1_500))
    words = [Word(0, 800, " Noon.", 0.9), unheard, Word(1_600, 1_900, " Then", 0.9)]
    assert sentences(words) == [tuple(words[:1]), tuple(words[1:])]
    words[0] = Word(0, 800, " Noon", 0.9)
    assert sentences(words) == [tuple(words)]
