"""What sentences command, in both languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.commands.spoken import LEAST_PROBABILITY, Spoken, added, commands
from captions.commands.tables import LANGUAGES, table_of, words_in
from captions.speech.types import Word
from tests.factories import words_of


def said(text: str, language: str = "en", **options: bool) -> Spoken | None:
    return commands(words_of(text), language, **options)


def text(heard: str, language: str = "en") -> str | None:
    spoken = said(heard, language)
    return spoken.text if spoken else None


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("Hello comma world period", "Hello, world."),
        ("Hello, comma, world. Period.", "Hello, world."),
        ("How are you question mark", "How are you?"),
        ("How are you? Question mark.", "How are you?"),
        ("Stop it exclamation point thank you", "Stop it! Thank you"),
        ("Dear Anna comma new line thank you period", "Dear Anna,\nThank you."),
        ("Dear Anna. New paragraph. The ferry left.", "Dear Anna.\n\nThe ferry left."),
        ("New paragraph.", "\n\n"),
        ("Well known. Hyphen. and loved", "Well known-and loved"),
        ("Two dogs dash and a piano", "Two dogs – and a piano"),
        ("He said colon open quote go away close quote period", "He said: “go away”."),
        ("See open parenthesis page 3 close parenthesis.", "See (page 3)."),
        ("I left. Comma. And then came back.", "I left, and then came back."),
        # A name keeps its capital letter.
        ("I left. Comma. Anna came back.", "I left, Anna came back."),
        ("Buy bullet point milk next item bread", "Buy\n• Milk\n• Bread"),
        ("the cap river bank", None),
        ("the new cap river bank", "the new River bank"),
        ("this is all caps urgent", "this is URGENT"),
        ("no caps NASA flies", "nasa flies"),
        ("send caps on royal mail caps off letters", "send Royal Mail letters"),
        ("it is all caps on very urgent all caps off.", "it is VERY URGENT."),
        ("any no space way", "anyway"),
        ("numeral five dogs", "5 dogs"),
        ("numeral dogs", None),
        ("Well, wait full-stop then go", "Well, wait. Then go"),
        # Nouns are no commands, nor is what is escaped.
        ("It was the period of change.", None),
        ("Write a comma here.", None),
        ("Literal comma is a word.", "Comma is a word."),
        ("write literal new line and literal scratch that", "write new line and scratch that"),
        ("That is a literal lie.", None),
        # Only as the whole sentence.
        ("Please scratch that.", None),
        ("Nothing to do here.", None),
    ],
)
def test_what_is_said_in_english(heard: str, expected: str | None) -> None:
    assert text(heard) == expected


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("Hallo Komma wie geht es dir Fragezeichen", "Hallo, wie geht es dir?"),
        ("Hallo. Komma. Wie geht es dir? Fragezeichen.", "Hallo, wie geht es dir?"),
        ("Ich verstehe das Punkt neuer Absatz die Fähre", "Ich verstehe das.\n\nDie Fähre"),
        ("Der Punkt ist klein und groß.", None),
        ("Wir lesen Klammer auf Seite 3 Klammer zu Punkt", "Wir lesen (Seite 3)."),
        ("Er sagte Doppelpunkt Anführungszeichen auf geh Anführungszeichen zu", "Er sagte: „geh“"),
        ("Es sind 3 Komma 5 Grad", "Es sind 3,5 Grad"),
        ("alles groß schreiben wichtig", "WICHTIG"),
        ("Wörtlich Komma ist ein Wort", "Komma ist ein Wort"),
        ("Milch nächster Punkt Brot", "Milch\n• Brot"),
        ("Das Großbuchstaben ein kleine Haus Großbuchstaben aus steht", "Das KLEINE HAUS steht"),
    ],
)
def test_what_is_said_in_german(heard: str, expected: str | None) -> None:
    assert text(heard, "de") == expected


@pytest.mark.parametrize(
    ("heard", "language", "action"),
    [
        ("Scratch that.", "en", "scratch"),
        ("Undo that!", "en", "undo"),
        ("Stop dictation.", "en", "stop"),
        ("pause dictation", "en", "pause"),
        ("Resume.", "en", "resume"),
        ("Streich das.", "de", "scratch"),
        ("Diktat beenden.", "de", "stop"),
        ("Weiter diktieren.", "de", "resume"),
    ],
)
def test_a_sentence_of_its_own_takes_back_or_ends(heard: str, language: str, action: str) -> None:
    assert said(heard, language) == Spoken("", action=action)  # type: ignore[arg-type]
    # Not in what is recovered, nor where the model doubts a word of it.
    assert said(heard, language, acts=False) is None
    words = words_of(heard)
    doubted = Word(words[-1].start_ms, words[-1].end_ms, words[-1].text, LEAST_PROBABILITY - 0.01)
    assert commands((*words[:-1], doubted), language) is None


def test_marks_at_the_beginning_belong_to_what_was_said_before() -> None:
    assert said("Comma. And then we left.") == Spoken("and then we left.", ",")
    assert said("Question mark.") == Spoken("", "?")
    assert said("Full stop. New paragraph.") == Spoken("\n\n", ".")
    assert said("Dash. People waited.") == Spoken("People waited.", "–")
    assert added("We left.", ",") == "We left,"
    assert added("We left.", "–") == "We left –"
    assert added("Did we leave.", "?") == "Did we leave?"
    # Without anything before them they are words.
    assert said("Comma.", follows=False) is None
    assert said("Comma is nice period", follows=False) == Spoken("Comma is nice.")


def test_other_languages_have_no_commands() -> None:
    assert said("Bonjour comma", "fr") is None
    assert said("Hello comma", "") is None
    assert commands((), "en") is None


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_file_is_right(language: str) -> None:
    table = table_of(language)
    assert table is not None
    assert {"scratch", "undo", "stop", "pause", "resume"} == set(table.whole.values())
    for phrase in table.inline:
        assert len(phrase) <= table.longest


PHRASES = {
    language: [" ".join(phrase) for phrase in (*table.inline, *table.whole)]
    for language in sorted(LANGUAGES)
    if (table := table_of(language))
}
PLAIN = ["ferry", "Anna", "sank", "Don't", "3", "Öl", "tide"]
_mark = st.sampled_from(["", "", ",", ".", "?", "…"])


def _sentences(language: str) -> st.SearchStrategy[list[str]]:
    word = st.sampled_from([*PLAIN, *PHRASES[language]])
    return st.lists(st.tuples(word, _mark).map("".join), max_size=12)


def _plain(text: str) -> list[str]:
    plain = {word.casefold() for word in PLAIN}
    return [key for key, _, _ in words_in(text) if key in plain]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_word_is_lost_that_is_no_command(language: str, data: st.DataObject) -> None:
    heard = " ".join(data.draw(_sentences(language)))
    spoken = said(heard, language)
    if spoken is None or spoken.action:
        return
    # Where no space is wanted, two words are one; capitals may change.
    written = "".join(_plain(heard))
    kept = "".join(key for key, _, _ in words_in(spoken.text))
    rest = iter(kept)
    assert all(letter in rest for letter in written)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("abcdß .,;\n'’-()今😀\u0301\x00"), max_size=40), st.data())
def test_nothing_raises(language: str, noise: str, data: st.DataObject) -> None:
    heard = f"{noise} {' '.join(data.draw(_sentences(language)))} {noise}"
    words = tuple(Word(0, 1, f" {word}", 0.9) for word in heard.split(" "))
    for follows in (False, True):
        spoken = commands(words, language, follows=follows)
        assert spoken is None or not spoken.text.startswith(" ")


@pytest.mark.parametrize("language", sorted(LANGUAGES))
@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_is_written_commands_nothing(language: str, data: st.DataObject) -> None:
    table = table_of(language)
    assert table is not None
    puts = [
        " ".join(phrase)
        for phrase, command in table.inline.items()
        if getattr(command, "glue", "join") not in ("join", "")
    ]
    word = st.sampled_from([*PLAIN, *puts])
    heard = " ".join(data.draw(st.lists(st.tuples(word, _mark).map("".join), min_size=1, max_size=12)))
    spoken = said(heard, language)
    if spoken is not None and spoken.text:
        assert commands(tuple(Word(0, 1, f" {spoken.text}", 0.9) for _ in "1"), language) is None
