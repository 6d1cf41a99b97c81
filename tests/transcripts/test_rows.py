"""The rows of a transcript's page, and the paragraphs in which they stand."""

import re

from captions.models import Note
from captions.speech.types import TimeRange
from captions.transcripts.export.prose import LONGEST_MS, PAUSE_MS
from captions.transcripts.rows import Row, Said, paragraphs, rows_html
from captions.transcripts.speakers import usual_speakers


def said(seq: int, start_ms: int, end_ms: int | None = None, text: str = "Said.") -> Said:
    return Said(seq, 1, start_ms, start_ms + 900 if end_ms is None else end_ms, text, "jw")


def seqs(found: list[list[Row]]) -> list[list[int | str]]:
    return [
        [row.said.seq if row.said else row.note.text if row.note else "" for row in rows] for rows in found
    ]


def grouped(*each: Said, notes: tuple[Note, ...] = ()) -> list[list[int | str]]:
    return seqs([paragraph.rows for paragraph in paragraphs(each, notes, {})])


def test_a_pause_or_a_minute_ends_a_paragraph() -> None:
    assert grouped(said(1, 0), said(2, 1_000), said(3, 1_900 + PAUSE_MS), said(4, 2_900 + PAUSE_MS)) == [
        [1, 2],
        [3, 4],
    ]
    assert grouped(said(1, 0, LONGEST_MS), said(2, LONGEST_MS), said(3, LONGEST_MS + 1_000)) == [[1], [2, 3]]
    assert grouped() == []


def test_a_note_begins_the_paragraph_before_which_it_stands() -> None:
    notes = (Note(at_ms=1_000, text="a"), Note(at_ms=1_000, text="b"), Note(at_ms=9_000, text="last"))
    assert grouped(said(1, 0), said(2, 1_000), notes=notes) == [[1], ["a", "b", 2], ["last"]]
    assert grouped(notes=notes[2:]) == [["last"]]


def test_a_paragraph_ends_where_nothing_was_recorded() -> None:
    outages = [
        TimeRange(0, 900),
        TimeRange(1_000, 7_000),
        TimeRange(20_000, 21_000),
        TimeRange(22_000, 23_000),
    ]
    found = list(paragraphs([said(1, 0), said(2, 7_000), said(3, 8_000)], [], {}, outages))
    assert seqs([each.rows for each in found]) == [[1], [2, 3]]
    assert [each.missing for each in found] == [[], outages[1:2]]
    assert [each.after for each in found] == [[], outages[2:]]


def test_as_much_room_is_kept_as_a_paragraph_takes() -> None:
    def lines(letters: int) -> int:
        (paragraph,) = paragraphs([said(1, 0, text="x" * letters)], [], {})
        return paragraph.lines

    assert [lines(letters) for letters in (1, 63, 64, 200, 100_000)] == [1, 1, 2, 4, 64]


def test_a_row_says_its_words_before_its_time() -> None:
    html = rows_html([Row(said(5, 61_000, text="<b> & [unclear]"))], "/sessions/one/")
    assert html.index("&lt;b&gt; &amp; <span") < html.index(">1:01</time>") < html.index("Edit</a>")
    assert 'href="/sessions/one/utterances/5/" aria-label="Edit 1:01"' in html
    assert '<span class="unclear" lang="en">[unclear]</span>' in html
    assert '<p class="words" data-text dir="auto" lang="jv">' in html
    assert "<a" not in rows_html([Row(said(5, 0))])


def test_sentences_run_on_with_a_space_unless_their_script_has_none() -> None:
    assert "</div> <div" in rows_html([Row(said(1, 0)), Row(said(2, 1))])
    assert "</div><div" in rows_html([Row(said(1, 0, text="昨日。")), Row(said(2, 1, text="今日。"))])


def test_a_row_is_few_nodes_and_few_bytes() -> None:
    """Thousands of them are on a page: each element and attribute counts."""
    html = rows_html([Row(said(5, 16_250_000, text=""))], "/sessions/00000000-0000-0000-0000-000000000000/")
    assert html.count("<") - html.count("</") <= 4
    assert len(html) <= 420


def test_sources_are_named_where_there_are_two() -> None:
    shown = [Row(said(1, 0)), Row(said(2, 1)._replace(shared=True))]
    assert "who" not in rows_html(shown)
    html = rows_html(shown, speakers=usual_speakers())
    assert re.findall(r'<span class="who">(.*?)</span>', html) == ["Microphone", "Shared sound"]
    assert html.count(" data-shared") == 1


def test_a_translation_stands_below_the_words() -> None:
    html = rows_html([Row(said(1, 0)._replace(translation="<i>Good</i> morning."))])
    shown = '<p class="translation meta" lang="en" dir="ltr">&lt;i&gt;Good&lt;/i&gt; morning.</p>'
    assert html.index("data-text") < html.index(shown) < html.index("<time")


def test_a_paragraph_ends_where_one_was_dictated() -> None:
    rows = [
        said(1, 0, text="Dear Anna\n"),
        said(2, 1_000, text="\n\n"),
        said(3, 2_000),
        said(4, 3_000, text="\n\nBye."),
    ]
    assert grouped(*rows) == [[1], [2], [3], [4]]
