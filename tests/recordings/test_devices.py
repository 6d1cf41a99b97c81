"""Recordings of two devices, which recovery and the second pass hear as their session did."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captions.audio.opus import OpusPair
from captions.models import Session
from captions.recordings import joining
from captions.recordings.channels import sources
from captions.recordings.cutting import cut
from captions.speech.mixing.frames import FRAME
from captions.speech.mixing.lag import lag
from captions.speech.ring import Samples
from captions.speech.types import SAMPLE_RATE, TimeRange
from tests.factories import make_ended_session, make_user
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep, played
from tests.speech_data import load_pcm
from tests.webrtc.speech_packets import packets_of

pytestmark = pytest.mark.django_db

TICKS = 960
SHIFT = 4 * FRAME


@pytest.fixture(autouse=True)
def _folders(sound: Path, settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"


def both(first: Samples, second: Samples, at_ms: int = 0) -> list[tuple[bytes, int, int, int]]:
    """What a worker keeps of two devices."""
    size = max(first.size, second.size) // FRAME * FRAME + FRAME
    pair, kept = OpusPair(), []
    sound = np.stack([np.pad(each, (0, size - each.size)) for each in (first, second)])
    for start in range(0, size, FRAME):
        kept += pair.push(sound[:, start : start + FRAME], at_ms * 48 + start * 3)
    return [(payload, at, TICKS, 2) for payload, at in [*kept, *pair.flush()]]


def alone(sound: Samples, at_ms: int = 0) -> list[tuple[bytes, int, int, int]]:
    """What is kept of the first device by itself."""
    kept = Heard(at_ms).take(packets_of(sound)).kept
    return [(payload, at, ticks, 1) for payload, at, ticks in kept]


def recorded(*parts: list[tuple[bytes, int, int, int]], **fields: Any) -> Session:
    session = make_ended_session(make_user(), ["one"], keep_sound=True, **fields)
    made: Any = Heard()
    made.kept = [packet for part in parts for packet in part]
    keep(session, made)
    joining.finish_all()
    session.refresh_from_db()
    return session


def heard(session: Session) -> dict[bool, Samples]:
    path = Path(session.recording.file.path)
    with sources(session, path, "copy", lambda: None) as files:
        return {shared: (played(file) * 32_767).astype(np.int16) for file, shared in files}


def is_at(sound: Samples, speech: Samples, at: int) -> bool:
    """Whether all of the speech is in the sound from that sample on, to 20 ms for the delay of the codec."""
    found = []
    for start in range(0, speech.size - 2 * SAMPLE_RATE, SAMPLE_RATE):
        piece = slice(start, start + 2 * SAMPLE_RATE)
        there = sound[at + start : at + start + 2 * SAMPLE_RATE]
        if there.size == 2 * SAMPLE_RATE:
            found.append(lag(speech[piece], there, SAMPLE_RATE // 5))
    known = [each for each in found if each is not None]
    is_steady = max(known) - min(known) <= SAMPLE_RATE * 5 // 1000
    return len(known) >= 0.8 * len(found) > 0 and is_steady and max(map(abs, known)) <= SAMPLE_RATE // 50


def alike(sound: Samples, speech: Samples) -> float:
    """How much of a speech is in a sound, 0 to 1, which is up to 20 ms later."""
    most = SAMPLE_RATE // 50
    piece = speech[:-most].astype(np.float64)
    return max(float(np.corrcoef(piece, sound[at : at + piece.size])[0, 1]) for at in range(0, most, 2))


def test_the_same_speech_over_two_devices_is_heard_once_again() -> None:
    speech = load_pcm("note-en-us")
    late = np.concatenate([np.zeros(SHIFT, np.int16), speech])
    # The second one is nearer after five seconds.
    near = (np.arange(late.size) < 5 * SAMPLE_RATE) * 0.9 + 0.05
    noise = np.random.default_rng(1).normal(0, 20, (2, late.size))
    first = (np.pad(speech, (0, SHIFT)) * near + noise[0]).astype(np.int16)
    second = (late * (1 - near) + noise[1]).astype(np.int16)
    session = recorded(both(first, second), device_modes=[[0, "switch"]])
    found = heard(session)
    assert list(found) == [False]
    assert is_at(found[False], speech, 0)


def test_two_people_are_heard_apart_again_and_mixed_where_they_were() -> None:
    one, other = load_pcm("note-en-us")[: 6 * SAMPLE_RATE], load_pcm("note-f2")[: 6 * SAMPLE_RATE]
    parts = (alone(one), both(one, other, 6_000), both(one, other, 12_000), alone(one, 18_000))
    modes = [[6_000, "separate"], [12_000, "mix"], [18_000, ""]]
    session = recorded(*parts, device_modes=modes, has_shared=True)
    found = heard(session)
    assert list(found) == [False, True]
    for at in (0, 6, 18):
        assert is_at(found[False], one, at * SAMPLE_RATE), at
    assert is_at(found[True], other, 6 * SAMPLE_RATE)
    # Elsewhere the second lane is silent: what was mixed is not heard once more.
    assert np.abs(found[True][: 5 * SAMPLE_RATE]).max() < 50
    # The codec is a moment late, which is no word.
    loud = np.flatnonzero(np.abs(found[True][13 * SAMPLE_RATE :]) > 50)
    assert loud.size < SAMPLE_RATE * 60 // 1000
    mixed = found[False][12 * SAMPLE_RATE : 18 * SAMPLE_RATE]
    for each in (one, other):
        assert alike(mixed, each[: mixed.size]) > 0.4


def test_a_cut_is_heard_by_the_time_of_the_session() -> None:
    one, other = load_pcm("note-en-us")[: 6 * SAMPLE_RATE], load_pcm("note-f2")[: 6 * SAMPLE_RATE]
    session = recorded(
        both(one, other),
        both(one, other, 6_000),
        device_modes=[[0, "mix"], [6_000, "separate"]],
        has_shared=True,
    )
    with (
        cut(session, TimeRange(6_000, 12_000), lambda: None) as path,
        sources(session, path or Path(), "copy", lambda: None, begins_ms=6_000) as files,
    ):
        own, apart = ((played(file) * 32_767).astype(np.int16) for file, _ in files)
    assert is_at(own, one, 0)
    assert is_at(apart, other, 0)


def test_one_device_is_heard_as_it_was_kept() -> None:
    speech = load_pcm("note-en-us")[: 4 * SAMPLE_RATE]
    session = recorded(alone(speech))
    path = Path(session.recording.file.path)
    with sources(session, path, "copy", lambda: None) as files:
        assert files == [(path, False)]
