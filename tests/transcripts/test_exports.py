"""The files, read back by programs that nobody here wrote."""

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pysrt
import pysubs2
import pytest
import srt
import webvtt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from captions.transcripts.export import FORMATS, Passage, Transcript, render
from captions.transcripts.export.cues import Cue, cues
from tests.browsers import launch
from tests.factories import words_of

DAY = datetime(2025, 11, 18, 9, 30, tzinfo=UTC)

HOSTILE = [
    "a < b --> c",
    "<b>bold</b> and < i > not </i> <font color=red>red",
    "{\\an8}up {\\i1}there{\\i0} {y:i}{Y:b}",
    "1\\N2\\n3\\h4 C:\\new\\home",
    "00:00:01,000 --> 00:00:02,000",
    "42",
    "WEBVTT",
    "NOTE this",
    "STYLE",
    "& &amp; &lt;b&gt; &nbsp; &#65;",
    "one\n\ntwo\r\nthree\u2028four\x0bfive\x85six",
    "-->",
    "<!-- comment -->",
    "<00:00:01.000><c.red>x</c>",
    "\ufeffmark",
    "“Quoted” — ‘and’ 你好 🎹 e\u0301",
    "%s %% $HOME `ls`",
    "{hidden} }{ {",
]


@dataclass(frozen=True)
class Read:
    """A subtitle as a foreign reader saw it."""

    start_ms: int
    end_ms: int
    text: str


def transcript(passages: list[Passage]) -> Transcript:
    return Transcript("The night ferry", "en", DAY, passages)


def passages_of(texts: list[str], *, start_ms: int = 0) -> list[Passage]:
    """One passage a text, three seconds apart, two of its seconds spoken."""
    starts = [start_ms + number * 3_000 for number in range(len(texts))]
    return [Passage(start, start + 2_000, text) for start, text in zip(starts, texts, strict=True)]


def written(name: str, passages: list[Passage]) -> str:
    return "".join(render(name, transcript(passages)))


def plain(text: str) -> str:
    """What is left to read: without the joiners that take mark-up apart, braces as they were, spaces alike."""
    return " ".join(text.replace("\u2060", "").translate(str.maketrans("｛｝", "{}")).split())


def by_srt(text: str) -> list[Read]:
    return [
        Read(round(c.start.total_seconds() * 1000), round(c.end.total_seconds() * 1000), c.content)
        for c in srt.parse(text)
    ]


def by_pysrt(text: str) -> list[Read]:
    items = pysrt.from_string(text, error_handling=pysrt.ERROR_RAISE)
    return [Read(item.start.ordinal, item.end.ordinal, item.text) for item in items]


def by_pysubs2(text: str) -> list[Read]:
    return [Read(e.start, e.end, e.plaintext) for e in pysubs2.SSAFile.from_string(text, format_="srt")]


def by_webvtt(text: str) -> list[Read]:
    return [
        Read(_milliseconds(caption.start), _milliseconds(caption.end), html.unescape(caption.text))
        for caption in webvtt.from_string(text).captions
    ]


def _milliseconds(time: str) -> int:
    hours, minutes, seconds = time.split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def by_ffmpeg(text: str, name: str) -> list[Read]:
    """As the subtitles that ffmpeg would burn into a film: the lines of an ASS script."""
    command = ["ffmpeg", "-v", "error", "-f", name, "-i", "pipe:0", "-f", "ass", "pipe:1"]
    script = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout.decode()
    found = []
    for line in script.splitlines():
        if line.startswith("Dialogue:"):
            _, start, end, *_, shown = line.split(",", 9)
            found.append(Read(_milliseconds(start), _milliseconds(end), shown.replace("\\N", "\n")))
    return found


def by_chromium(text: str) -> list[Read]:
    """As a `<track>` of a page shows it."""
    with sync_playwright() as driver:
        browser = launch(driver)
        page = browser.new_page()
        found = page.evaluate(
            """async (text) => {
                const track = document.createElement("track");
                track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
                const loaded = new Promise((done, fail) => Object.assign(track, { onload: done, onerror: fail }));
                const video = document.body.appendChild(document.createElement("video"));
                video.append(track);
                track.track.mode = "hidden";
                await loaded;
                return [...track.track.cues].map((cue) =>
                    [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]);
            }""",
            text,
        )
        browser.close()
    return [Read(round(start * 1000), round(end * 1000), shown) for start, end, shown in found]


SRT_READERS = [by_srt, by_pysrt, by_pysubs2]


def agrees(read: list[Read], cues: list[Cue], *, within_ms: int = 1) -> None:
    assert [plain(entry.text) for entry in read] == [plain(" ".join(cue.lines)) for cue in cues]
    for entry, cue in zip(read, cues, strict=True):
        assert abs(entry.start_ms - cue.start_ms) <= within_ms
        assert abs(entry.end_ms - cue.end_ms) <= within_ms


@pytest.mark.parametrize("reader", SRT_READERS)
def test_other_readers_of_srt_see_what_was_said(reader: Callable[[str], list[Read]]) -> None:
    passages = passages_of(HOSTILE)
    agrees(reader(written("srt", passages)), list(cues(passages)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.text(
            st.one_of(st.characters(codec="utf-8"), st.sampled_from("ab <>{}\\/-&\n1N,.:;")), max_size=120
        ),
        max_size=6,
    )
)
def test_no_text_confuses_other_readers(texts: list[str]) -> None:
    passages = passages_of(texts)
    expected = list(cues(passages))
    text = written("srt", passages)
    for reader in SRT_READERS:
        agrees(reader(text), expected)
    agrees(by_webvtt(written("vtt", passages)), expected)


def test_another_reader_of_webvtt_sees_what_was_said() -> None:
    passages = passages_of(HOSTILE)
    agrees(by_webvtt(written("vtt", passages)), list(cues(passages)))


def test_a_browser_shows_what_was_said() -> None:
    passages = passages_of(HOSTILE)
    agrees(by_chromium(written("vtt", passages)), list(cues(passages)))


@pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")
def test_ffmpeg_shows_what_was_said() -> None:
    passages = passages_of(HOSTILE)
    expected = list(cues(passages))
    read = by_ffmpeg(written("srt", passages), "srt")
    # ASS has hundredths of a second, and a joiner after each backslash of its own.
    agrees(read, expected, within_ms=10)


def test_srt_is_numbered_timed_and_ended_as_players_expect() -> None:
    text = written("srt", passages_of(["One.", "Two."], start_ms=90_000))
    assert text == "1\n00:01:30,000 --> 00:01:32,000\nOne.\n\n2\n00:01:33,000 --> 00:01:35,000\nTwo.\n\n"


def test_hours_go_on_beyond_a_day_and_beyond_a_hundred() -> None:
    passages = passages_of(["Late."], start_ms=25 * 3_600_000) + passages_of(
        ["Later."], start_ms=100 * 3_600_000
    )
    assert "25:00:00,000 --> 25:00:02,000" in written("srt", passages)
    assert "100:00:00.000 --> 100:00:02.000" in written("vtt", passages)
    agrees(by_srt(written("srt", passages)), list(cues(passages)))
    agrees(by_webvtt(written("vtt", passages)), list(cues(passages)))


def test_webvtt_escapes_what_is_markup() -> None:
    assert written("vtt", passages_of(["a < b > c & d --> e"])) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\na &lt; b &gt; c &amp; d --&gt; e\n"
    )


def test_text_has_one_line_for_each_utterance() -> None:
    passages = passages_of(["One\nand a half.", "", "Two."])
    assert written("txt", passages) == "One and a half.\nTwo.\n"


def test_json_gives_everything_back() -> None:
    words = words_of('Say "no" \\ 你', 500)
    passages = [Passage(500, 1_500, 'Say "no" \\ 你', words, 0.75, "en"), Passage(2_000, 2_001, HOSTILE[-3])]
    data = json.loads(written("json", passages))
    assert (data["title"], data["language"], data["created_at"]) == ("The night ferry", "en", DAY.isoformat())
    assert data["utterances"][0]["words"][1] == {
        "start_ms": 700,
        "end_ms": 900,
        "text": ' "no"',
        "probability": 0.9,
    }
    assert [entry["text"] for entry in data["utterances"]] == [passage.text for passage in passages]


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
    assert len(taken) <= 7


@pytest.mark.parametrize("name", FORMATS)
def test_files_are_utf8_without_a_mark_at_the_beginning(name: str) -> None:
    data = written(name, passages_of(HOSTILE)).encode()
    assert not data.startswith(b"\xef\xbb\xbf")
    assert re.search(rb"\r|\x00", data) is None
