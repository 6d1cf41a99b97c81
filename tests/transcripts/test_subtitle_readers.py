"""Subtitles, read back by programs that nobody here wrote: every cue, its times and its text, whatever was said."""

from datetime import UTC, datetime
from itertools import cycle

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from captions.speech.passage import Passage
from captions.transcripts.export import CueRules, Options, Transcript, encode
from captions.transcripts.export.cues import Cue, cues
from tests.transcripts.readers import (
    HOSTILE,
    SRT_READERS,
    agrees,
    by_ffmpeg,
    by_srt,
    by_webvtt,
    chromium,
    passages,
)

DAY = datetime(2025, 11, 18, 9, 30, tzinfo=UTC)
ALL_AT_ONCE = [
    Passage(number * 3_000, number * 3_000 + 2_000, text) for number, text in enumerate(HOSTILE * 2)
]
any_options = st.builds(
    Options,
    cues=st.builds(CueRules, columns=st.sampled_from([20, 42, 60]), lines=st.integers(1, 3)),
    crlf=st.booleans(),
)
slowly = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def written(name: str, said: list[Passage], options: Options) -> tuple[str, list[Cue]]:
    """The file, and the cues that are in it."""
    text = b"".join(encode(name, Transcript("The night ferry", "en", DAY, said), options)).decode()
    return text, list(cues(said, options.cues))


@settings(slowly, max_examples=80)
@given(passages(), any_options)
def test_readers_of_srt_and_webvtt_see_what_was_said(said: list[Passage], options: Options) -> None:
    text, expected = written("srt", said, options)
    for reader in SRT_READERS:
        agrees(reader(text), expected)
    text, expected = written("vtt", said, options)
    agrees(by_webvtt(text), expected)


@pytest.mark.parametrize("name", ["srt", "vtt"])
def test_ffmpeg_shows_what_was_said(name: str) -> None:
    @settings(slowly, max_examples=8, phases=[Phase.generate])
    @given(passages(most=25), any_options)
    def check(said: list[Passage], options: Options) -> None:
        text, expected = written(name, [*said, *_after(said)], options)
        agrees(by_ffmpeg(text, name), expected)

    check()


def test_a_browser_shows_what_was_said() -> None:
    with chromium() as read:

        @settings(slowly, max_examples=25, phases=[Phase.generate])
        @given(passages(most=25), any_options)
        def check(said: list[Passage], options: Options) -> None:
            text, expected = written("vtt", [*said, *_after(said)], options)
            agrees(read(text), expected)

        check()


def _after(said: list[Passage]) -> list[Passage]:
    """All hostile texts, later than what was said."""
    start_ms = said[-1].end_ms + 60_000 if said else 0
    return [
        Passage(each.start_ms + start_ms, each.end_ms + start_ms, each.text, language=language)
        for each, language in zip(ALL_AT_ONCE, cycle(("", "de", "en")), strict=False)
    ]


def test_hours_go_on_beyond_a_hundred() -> None:
    said = [Passage(100 * 3_600_000, 100 * 3_600_000 + 2_000, "Later.")]
    text, expected = written("srt", said, Options())
    assert "100:00:00,000 --> 100:00:02,000" in text
    agrees(by_srt(text), expected)
    text, expected = written("vtt", said, Options())
    agrees(by_webvtt(text), expected)
