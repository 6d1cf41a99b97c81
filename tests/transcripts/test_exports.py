"""The formats one by one; test_subtitle_readers.py has what other programs make of subtitles."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import docx
import fastjsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from captions.speech.passage import Passage
from captions.speech.speakers import Speakers
from captions.transcripts.export import DEFAULTS, FORMATS, Options, Remark, Transcript, encode, render
from tests.conftest import REPOSITORY
from tests.factories import words_of
from tests.transcripts.readers import HOSTILE, texts

DAY = datetime(2025, 11, 18, 9, 30, tzinfo=UTC)
valid = fastjsonschema.compile(json.loads((REPOSITORY / "docs/transcript.schema.json").read_text("utf-8")))


def passages_of(each: list[str], *, start_ms: int = 0, apart_ms: int = 3_000) -> list[Passage]:
    """One passage a text, two seconds of it spoken."""
    starts = [start_ms + number * apart_ms for number in range(len(each))]
    return [Passage(start, start + 2_000, text) for start, text in zip(starts, each, strict=True)]


def transcript(passages: list[Passage], title: str = "The night ferry") -> Transcript:
    return Transcript(title, "en", DAY, passages)


def written(name: str, passages: list[Passage], options: Options = DEFAULTS) -> str:
    return b"".join(encode(name, transcript(passages), options)).decode()


def opened(passages: list[Passage], options: Options = DEFAULTS, title: str = "The night ferry") -> Any:
    return docx.Document(BytesIO(b"".join(encode("docx", transcript(passages, title), options))))


def one_line(text: str) -> str:
    """What of a text can be written: on one line, without control characters."""
    return " ".join(
        re.sub("[\ufeff\ufffe\uffff\ud800-\udfff]", "", re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", text)).split()
    )


def test_srt_is_numbered_timed_and_ended_as_players_expect() -> None:
    text = written("srt", passages_of(["One.", "Two."], start_ms=90_000))
    assert text == "1\n00:01:30,000 --> 00:01:32,000\nOne.\n\n2\n00:01:33,000 --> 00:01:35,000\nTwo.\n\n"


def test_webvtt_escapes_what_is_markup() -> None:
    assert written("vtt", passages_of(["a < b > c & d --> e"])) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\na &lt; b &gt; c &amp; d --&gt; e\n"
    )


SAID = [*passages_of(["One and a half.", "", "Two."]), *passages_of(["Three."], start_ms=3_600_000)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (Options(), "One and a half.\nTwo.\nThree.\n"),
        (Options(times=True), "[00:00:00] One and a half.\n[00:00:06] Two.\n[01:00:00] Three.\n"),
        (Options(paragraphs=True), "One and a half.\n\nTwo.\n\nThree.\n"),
        (Options(crlf=True), "One and a half.\r\nTwo.\r\nThree.\r\n"),
    ],
)
def test_text_is_what_was_said(options: Options, expected: str) -> None:
    assert written("txt", SAID, options) == expected


DICTATED = passages_of(["Dear Anna,\nthank you.\n\nThe ferry", "\n\n", "left.\n", "Bye."], apart_ms=2_500)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("txt", Options(), "Dear Anna,\nthank you.\n\nThe ferry\n\nleft.\nBye.\n"),
        ("txt", Options(paragraphs=True), "Dear Anna,\nthank you.\n\nThe ferry\n\nleft.\nBye.\n"),
        ("md", Options(), "\n\nDear Anna,\\\nthank you.\n\nThe ferry\n\nleft.\\\nBye.\n"),
        ("docx", Options(), "\n\nDear Anna,\nthank you.\n\nThe ferry\n\nleft.\nBye.\n"),
    ],
)
def test_line_breaks_and_paragraphs_are_where_they_were_dictated(
    name: str, options: Options, expected: str
) -> None:
    assert "".join(render(name, transcript(DICTATED), options)).endswith(expected)
    assert [each.text for each in opened(DICTATED).paragraphs[2:]] == [
        "Dear Anna,\nthank you.",
        "The ferry",
        "left.\nBye.",
    ]


def test_what_was_said_without_a_long_pause_is_a_paragraph_of_a_minute_at_most() -> None:
    each = [f"Sentence {number}." for number in range(23)]
    text = written("txt", passages_of(each, start_ms=5_000), Options(paragraphs=True, times=True))
    assert text == f"[00:00:05] {' '.join(each[:20])}\n\n[00:01:05] {' '.join(each[20:])}\n"


def test_scripts_without_spaces_get_none_between_sentences() -> None:
    text = written("txt", passages_of(["你好。", "我是。", "OK."]), Options(paragraphs=True))
    assert text == "你好。我是。 OK.\n"


REMARKS = [
    Remark(0, "The\ncrossing", True),
    Remark(2_500, "ask *Ishbel*", False),
    Remark(9_000, "Later", True),
]
REMARKED = Transcript("The night ferry", "en", DAY, passages_of(["One.", "Two.", "Three."]), REMARKS)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("txt", Options(times=True), "The crossing\n\n[00:00:00] One.\n[ask *Ishbel*]\n[00:00:03] Two.\n"),
        ("txt", Options(paragraphs=True), "The crossing\n\nOne.\n\n[ask *Ishbel*]\n\nTwo. Three.\n\nLater\n"),
        ("md", Options(), "\n\n## The crossing\n\nOne.\n\n> ask \\*Ishbel\\*\n\nTwo. Three.\n\n## Later\n"),
    ],
)
def test_headings_and_notes_stand_between_what_was_said(name: str, options: Options, expected: str) -> None:
    assert expected in "".join(render(name, REMARKED, options))


def test_headings_and_notes_are_in_the_other_formats_that_can_have_them() -> None:
    document: Any = docx.Document(BytesIO(b"".join(encode("docx", REMARKED))))
    assert [(each.style.name, each.text) for each in document.paragraphs[2:]] == [
        ("Heading 1", "The crossing"),
        ("Normal", "One."),
        ("Quote", "ask *Ishbel*"),
        ("Normal", "Two. Three."),
        ("Heading 1", "Later"),
    ]
    data = valid(json.loads("".join(render("json", REMARKED))))
    assert data["notes"][1:] == [
        {"at_ms": 2_500, "kind": "note", "text": "ask *Ishbel*"},
        {"at_ms": 9_000, "kind": "heading", "text": "Later"},
    ]
    assert "Ishbel" not in "".join(render("srt", REMARKED))


def test_markdown_has_a_title_facts_and_paragraphs() -> None:
    said = passages_of(["One.", "Two.", "Three."], apart_ms=30_000)
    assert written("md", said[:1]) == "# The night ferry\n\n2025-11-18 09:30, en\n\nOne.\n"
    assert written("md", said, Options(times=True)).endswith(
        "\n\n**00:00:00** One.\n\n**00:00:30** Two.\n\n**00:01:00** Three.\n"
    )


MARKS = [
    *HOSTILE,
    "# no heading",
    "- no list",
    "12. no list",
    "1) no",
    "> no",
    "***",
    "~~~",
    "| a | b |",
    "[a](b)",
]
MARKS += [
    "    no code",
    "=====",
    "![a](b)",
    "<http://example.org> https://example.org a@example.org",
    "a\\",
    "$x$",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(MARKS), texts), max_size=5), st.booleans())
def test_nothing_that_was_said_is_markup_in_markdown(said: list[str], times: bool) -> None:
    passages = passages_of(said, apart_ms=10_000)
    text = written("md", passages, Options(times=times))
    paragraphs = [
        token
        for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
        if token.content
    ]
    # Line breaks and paragraphs are where they were dictated.
    shown = [
        "".join("\n" if child.type == "hardbreak" else child.content for child in token.children or ())
        for token in paragraphs
    ]
    kinds = {child.type for token in paragraphs for child in token.children or ()}
    assert kinds <= (
        {"text", "text_special", "hardbreak"} | ({"strong_open", "strong_close"} if times else set())
    )
    left = [re.sub(r"^\d\d:\d\d:\d\d ", "", each.lstrip("\n")) if times else each for each in shown[2:]]
    assert one_line("\n".join(left)) == one_line("\n".join(said))


def test_a_word_document_has_a_title_facts_and_paragraphs() -> None:
    document = opened(passages_of(["One.", "Two."]), Options(times=True))
    assert [(each.style.name, each.text) for each in document.paragraphs] == [
        ("Title", "The night ferry"),
        ("Subtitle", "2025-11-18 09:30, en"),
        ("Normal", "00:00:00 One. Two."),
    ]
    about = document.core_properties
    assert (about.title, about.author, about.comments) == ("The night ferry", "", "")


def test_a_word_document_knows_its_moment_and_its_language() -> None:
    moment = datetime(2025, 11, 18, 9, 30, tzinfo=timezone(timedelta(hours=9)))
    file = b"".join(encode("docx", Transcript("", "de", moment, passages_of(["Guten Morgen."]))))
    document: Any = docx.Document(BytesIO(file))
    assert document.core_properties.created == moment
    (language,) = document.styles.element.xpath("w:docDefaults//w:lang")
    assert set(language.attrib.values()) == {"de"}


@settings(max_examples=15, deadline=None)
@given(texts, st.lists(texts, max_size=4))
def test_a_word_document_takes_whatever_was_said(title: str, said: list[str]) -> None:
    document = opened(passages_of(said, apart_ms=10_000), title=title)
    name, facts, *paragraphs = [each.text for each in document.paragraphs]
    assert (name, facts) == (one_line(title) or "Untitled", "2025-11-18 09:30, en")
    assert one_line("\n".join(paragraphs)) == one_line("\n".join(said))


def test_a_word_document_reads_from_the_right_where_its_language_does() -> None:
    paragraphs = opened(passages_of(["1. שלום!", "Hello שלום"], apart_ms=10_000)).paragraphs[2:]
    assert ["w:bidi" in each._p.xml for each in paragraphs] == [True, False]
    assert [each.runs[0].font.rtl for each in paragraphs] == [True, None]


MIXED = [
    Passage(0, 2_000, "Good morning.", language="en"),
    Passage(3_000, 5_000, "Guten Morgen.", language="de"),
    Passage(5_500, 6_000, "Na gut.", language="de"),
    Passage(6_000, 7_000, "Sugeng enjing.", language="jw"),
    Passage(7_500, 8_000, "Who knows?"),
]


def test_a_word_document_marks_what_is_in_another_language() -> None:
    runs = opened(MIXED).paragraphs[2].runs
    found = [(run.text, {*run._r.xpath("w:rPr/w:lang/@*")}) for run in runs]
    assert found == [
        ("Good morning.", set()),
        (" Guten Morgen. Na gut.", {"de"}),
        (" Sugeng enjing.", {"jv"}),
        (" Who knows?", set()),
    ]


def test_webvtt_marks_what_is_in_another_language() -> None:
    said = [cue.split("\n", 1)[1] for cue in written("vtt", MIXED).removesuffix("\n").split("\n\n")[1:]]
    assert said == [
        "Good morning.",
        "<lang de>Guten Morgen.</lang>",
        "<lang de>Na gut.</lang>",
        "<lang jv>Sugeng enjing.</lang>",
        "Who knows?",
    ]


def test_srt_says_which_lines_read_from_the_right() -> None:
    text = written("srt", passages_of(["שלום, מה שלומך?", "Hello שלום."]))
    assert [line for line in text.split("\n") if "ש" in line] == [
        "\u202bשלום, מה שלומך?\u202c",
        "Hello שלום.",
    ]


def test_json_gives_everything_back() -> None:
    words = words_of('Say "no" \\ 你', 500)
    passages = [
        Passage(500, 1_500, 'Say "no" \\ 你', words, 0.75, "en"),
        *passages_of(HOSTILE, start_ms=2_000),
    ]
    passages.append(Passage(9_000, 9_500, "Guten Tag.", language="de", translation="Good day."))
    data = valid(json.loads(written("json", passages)))
    assert [each.get("translation") for each in data["utterances"][-2:]] == [None, "Good day."]
    assert (data["title"], data["language"], data["created_at"]) == ("The night ferry", "en", DAY.isoformat())
    assert data["utterances"][0]["words"][1] == {
        "start_ms": 700,
        "end_ms": 900,
        "text": ' "no"',
        "probability": 0.9,
    }
    assert [entry["text"] for entry in data["utterances"]] == [passage.text for passage in passages]


@pytest.mark.parametrize(
    "wrong", [{"version": 2}, {"title": None}, {"utterances": [{"text": "No."}]}, {"utterances": [0]}]
)
def test_the_schema_refuses_what_is_not_a_transcript(wrong: dict[str, Any]) -> None:
    data = json.loads(written("json", [Passage(0, 200, "No.", words_of("No."), 0.9, "en")]))
    assert valid(data)
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        valid(data | wrong)


@pytest.mark.parametrize("name", FORMATS)
def test_passages_are_read_as_the_file_is_written(name: str) -> None:
    taken = []

    def passages() -> object:
        for number, passage in enumerate(passages_of(["word"] * 1000)):
            taken.append(number)
            yield passage

    pieces = render(name, Transcript("", "", DAY, passages()))  # type: ignore[arg-type]
    for _ in range(5):
        next(pieces)
    # A paragraph of a minute is twenty of them.
    assert len(taken) <= (82 if name in ("md", "docx") else 7)


TEXT_FORMATS = [name for name, format in FORMATS.items() if format.is_text]


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_files_are_utf8_without_a_mark_at_the_beginning(name: str) -> None:
    data = b"".join(encode(name, transcript(passages_of(HOSTILE))))
    assert not data.startswith(b"\xef\xbb\xbf")
    assert re.search(rb"\r|\x00", data) is None


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_other_line_ends_change_nothing_else(name: str) -> None:
    plain, other = (
        b"".join(encode(name, transcript(passages_of(HOSTILE)), Options(crlf=crlf))) for crlf in (False, True)
    )
    assert other.replace(b"\r\n", b"\n") == plain
    assert (b"\r" in other) is (name != "json")


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_a_long_file_comes_in_chunks(name: str) -> None:
    chunks = list(encode(name, transcript(passages_of(["word " * 30] * 600))))
    assert len(chunks) > 1
    assert b"".join(chunks).decode() == "".join(render(name, transcript(passages_of(["word " * 30] * 600))))


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_said_is_a_file_too(name: str) -> None:
    assert b"".join(encode(name, transcript([]))) or name in ("srt", "txt")


MEETING = Transcript(
    "The meeting",
    "en",
    DAY,
    [
        Passage(0, 2_000, "Good morning.", shared=False),
        Passage(2_100, 4_000, "Hello <all>.", shared=True),
        Passage(4_100, 6_000, "We begin.", shared=True),
        Passage(6_100, 8_000, "Gladly.", shared=False),
    ],
    speakers=Speakers(("Microphone", "Shared sound"), "Speaker %(number)s"),
)


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        (
            "txt",
            Options(times=True),
            "[00:00:00] Microphone: Good morning.\n[00:00:02] Shared sound: Hello <all>.\n"
            "[00:00:04] Shared sound: We begin.\n[00:00:06] Microphone: Gladly.\n",
        ),
        (
            "txt",
            Options(paragraphs=True),
            "Microphone: Good morning.\n\nShared sound: Hello <all>. We begin.\n\nMicrophone: Gladly.\n",
        ),
        (
            "vtt",
            Options(),
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.100\n<v Microphone>Good morning.\n"
            "\n00:00:02.100 --> 00:00:04.100\n<v Shared sound>Hello &lt;all&gt;.\n"
            "\n00:00:04.100 --> 00:00:06.100\n<v Shared sound>We begin.\n"
            "\n00:00:06.100 --> 00:00:08.000\n<v Microphone>Gladly.\n",
        ),
    ],
)
def test_two_sources_are_told_apart(name: str, options: Options, expected: str) -> None:
    assert b"".join(encode(name, MEETING, options)).decode() == expected


def test_two_sources_are_told_apart_in_the_other_formats() -> None:
    srt = "".join(render("srt", MEETING))
    assert re.findall(r"--> .*\n((?:.+\n)+)", srt) == [
        "Microphone:\nGood morning.\n",
        "Shared sound:\nHello <\u2060all>.\n",
        "We begin.\n",
        "Microphone:\nGladly.\n",
    ]
    assert "\n**Shared sound:** Hello \\<all\\>. We begin.\n" in "".join(render("md", MEETING))
    document = docx.Document(BytesIO(b"".join(encode("docx", MEETING, Options()))))
    said = document.paragraphs[2:]
    assert [each.text for each in said] == [
        "Microphone: Good morning.",
        "Shared sound: Hello <all>. We begin.",
        "Microphone: Gladly.",
    ]
    assert said[0].runs[0].bold
    data = json.loads("".join(render("json", MEETING)))
    assert [each["shared"] for each in data["utterances"]] == [False, True, True, False]
    valid(data)
