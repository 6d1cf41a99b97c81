"""Independent programs that read subtitles, and texts that are difficult for them."""

import html
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
import pysrt
import pysubs2
import srt
import webvtt
from av.subtitles.stream import SubtitleStream
from av.subtitles.subtitle import AssSubtitle
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from captions.speech.passage import Passage
from captions.speech.types import Word
from captions.transcripts.export.cues import Cue
from tests.browsers import launch

HOSTILE = [
    "a < b --> c",
    "<b>bold</b> and < i > not </i> <font color=red>red",
    "{\\an8}up {\\i1}there{\\i0} {y:i}{Y:b}",
    "1\\N2\\n3\\h4 C:\\new\\home",
    "00:00:01,000 --> 00:00:02,000",
    "42",
    "The harmonium in the kirk of Stromness is from 1911",
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
    "שלום <b>עולם</b> \u200fוגם --> כאן",
    "مرحبا {\\an8} 1:2:3,4",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇳🇴 👍🏽",
]

_SIGNS = "ab <>{}\\/-&\n1N,.:;!?#*_`|=+~\u05d0\u0627\u200f🎹"
texts = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(_SIGNS)), max_size=150),
    st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=4).map(" ".join),
)
languages = st.sampled_from(["", "en", "de", "jw"])


@st.composite
def passages(draw: st.DrawFn, *, most: int = 8) -> list[Passage]:
    """Passages of 0 ms to many seconds, with and without words, some at session times beyond 24 hours."""
    clock = draw(st.sampled_from([0, 0, 59_999, 25 * 3_600_000, 99 * 3_600_000]))
    found = []
    for text, gap_ms, length_ms, spoken, language in draw(
        st.lists(
            st.tuples(
                texts, st.integers(0, 3_000), st.sampled_from([0, 1, 700, 9_001]), st.booleans(), languages
            ),
            max_size=most,
        )
    ):
        clock += gap_ms
        tokens = text.split(" ") if spoken else []
        words = tuple(
            Word(
                clock + length_ms * number // len(tokens),
                clock + length_ms * (number + 1) // len(tokens),
                f" {token}",
                0.9,
            )
            for number, token in enumerate(tokens)
        )
        found.append(Passage(clock, clock + length_ms, text, words, language=language))
        clock += length_ms
    return found


@dataclass(frozen=True)
class Read:
    """A subtitle as such a program read it."""

    start_ms: int
    end_ms: int
    text: str


def plain(text: str) -> str:
    """The readable text: without invisible marks, with normal braces, and with white space as single spaces."""
    return " ".join(re.sub("[\u2060\u202b\u202c]", "", text).translate(str.maketrans("｛｝", "{}")).split())


def agrees(read: list[Read], cues: list[Cue], *, within_ms: int = 1) -> None:
    assert [plain(entry.text) for entry in read] == [plain(" ".join(cue.lines)) for cue in cues]
    for entry, cue in zip(read, cues, strict=True):
        assert abs(entry.start_ms - cue.start_ms) <= within_ms
        assert abs(entry.end_ms - cue.end_ms) <= within_ms


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


SRT_READERS = [by_srt, by_pysrt, by_pysubs2]


def _milliseconds(time: str) -> int:
    *hours, minutes, seconds = time.replace(",", ".").split(":")
    return round((int(*hours) * 3600 + int(minutes) * 60 + float(seconds)) * 1000)


def by_ffmpeg(text: str, name: str) -> list[Read]:
    """The subtitles as FFmpeg converts them to ASS, to burn them into a film.

    Uses FFmpeg's libraries, which the product contains; the program itself may not be installed.
    """
    demuxer = {"vtt": "webvtt"}.get(name, name)
    with av.open(io.BytesIO(text.encode()), mode="r", format=demuxer) as container:
        stream = container.streams.subtitles[0]
        assert stream.time_base == Fraction(1, 1000)
        return [_burnt(packet, stream.decode(packet)) for packet in container.demux(stream) if packet.size]


def _burnt(packet: "av.Packet[SubtitleStream]", decoded: Sequence[object]) -> Read:
    assert packet.pts is not None
    assert packet.duration is not None
    events = [each.ass.decode() for each in decoded if isinstance(each, AssSubtitle)]
    shown = "\n".join(event.split(",", 8)[8] for event in events)
    return Read(packet.pts, packet.pts + packet.duration, _unescaped(shown))


def _unescaped(text: str) -> str:
    """The visible text of a line of ASS. An empty style block follows a brace that is not mark-up."""
    return re.sub(r"\\([{}])(\{\})?", r"\1", text.rstrip("\r").replace("\\N", "\n"))


@contextmanager
def chromium() -> Iterator[Callable[[str], list[Read]]]:
    """Reads WebVTT as a browser shows it in a `<track>`."""
    with sync_playwright() as driver:
        browser = launch(driver)
        page = browser.new_page()

        def read(text: str) -> list[Read]:
            found = page.evaluate(
                """async (text) => {
                    const track = document.createElement("track");
                    track.src = URL.createObjectURL(new Blob([text], { type: "text/vtt" }));
                    const loaded = new Promise((done, fail) => Object.assign(track, { onload: done, onerror: fail }));
                    const video = document.body.appendChild(document.createElement("video"));
                    video.append(track);
                    track.track.mode = "hidden";
                    await loaded;
                    const cues = [...track.track.cues].map((cue) =>
                        [cue.startTime, cue.endTime, cue.getCueAsHTML().textContent]);
                    video.remove();
                    return cues;
                }""",
                text,
            )
            return [Read(round(start * 1000), round(end * 1000), shown) for start, end, shown in found]

        yield read
        browser.close()
