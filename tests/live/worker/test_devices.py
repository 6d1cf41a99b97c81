"""Two devices in one session: what is heard of them, and what is kept of each, on the clock of the session."""

import numpy as np
import pytest

from captions.live.worker.devices import Devices, DeviceSetup
from captions.live.worker.session_clock import SessionClock
from captions.live.worker.sound_path import SoundPath
from captions.speech.mixing.frames import FRAME
from captions.speech.mixing.policies import Mode
from captions.speech.ring import Samples
from captions.speech.types import SAMPLE_RATE, SAMPLES_PER_MS
from captions.speech.vad import VadModel
from captions.transcripts.final_writer import DeviceNote
from captions.webrtc.audio import Gap, Packet, Pcm
from tests.speech_data import load_pcm

TICK = 0.02
TICKS = 960


@pytest.fixture(scope="module")
def vad() -> VadModel:
    return VadModel()


class Heard:
    """A transcriber and a recording that note what they get."""

    def __init__(self) -> None:
        self.parts: list[Samples] = []
        self.apart: list[tuple[int, Samples]] = []
        self.kept: list[tuple[int, int, int]] = []

    @property
    def clock_samples(self) -> int:
        return sum(each.size for each in self.parts)

    @property
    def clock_ms(self) -> int:
        return self.clock_samples // SAMPLES_PER_MS

    @property
    def sound(self) -> Samples:
        return np.concatenate(self.parts)

    def push(self, samples: Samples, shared: Samples | None = None) -> None:
        if shared is not None:
            self.apart.append((self.clock_samples, shared))
        self.parts.append(samples)

    def push_silence(self, samples: int) -> None:
        self.parts.append(np.zeros(samples, np.int16))

    skip = push_silence

    def put(self, payload: bytes, at: int, ticks: int, channels: int = 1) -> None:
        self.kept.append((at, ticks, channels))


class Scene:
    def __init__(self, mode: Mode, vad: VadModel, stretches: tuple[tuple[int, str], ...] = ()) -> None:
        self.heard = Heard()
        self.notes: list[DeviceNote] = []
        self.now = 0.0
        self._counts = [0, 0]
        path = SoundPath(self.heard, SessionClock(None), self.heard)  # type: ignore[arg-type]
        self.devices = Devices(path, DeviceSetup(mode, stretches, vad), self.notes.append)

    def first(self, samples: Samples, gen: int = 1) -> None:
        self.devices.hear(gen, Pcm(samples), self.now)
        self.devices.keep(Packet(b"\x78", self._counts[0] * TICKS, TICKS))
        self._counts[0] += 1

    def second(self, samples: Samples, gen: int = 1) -> None:
        self.devices.hear_second(gen, Pcm(samples), self.now)

    def play(self, first: Samples | None, second: Samples | None, *, gen: int = 1) -> None:
        size = max(each.size for each in (first, second) if each is not None)
        for start in range(0, size, FRAME):
            self.now += TICK
            if first is not None:
                self.first(first[start : start + FRAME], gen)
            if second is not None:
                self.second(second[start : start + FRAME])


def tone(value: int, frames: int) -> Samples:
    return np.full(frames * FRAME, value, np.int16)


def test_without_a_second_device_everything_passes_as_it_comes(vad: VadModel) -> None:
    scene = Scene("switch", vad)
    scene.play(tone(7, 50), None)
    assert (scene.heard.sound == 7).all()
    assert scene.heard.kept == [(number * TICKS, TICKS, 1) for number in range(50)]
    assert scene.notes == []


def test_a_second_device_joins_and_leaves_and_the_clock_goes_on_meanwhile(vad: VadModel) -> None:
    scene = Scene("separate", vad)
    scene.play(tone(7, 50), None)
    scene.play(tone(7, 50), tone(9, 50))
    scene.devices.leave(scene.now)
    scene.play(tone(7, 50), None)
    assert scene.heard.clock_ms == pytest.approx(3_000, abs=25)
    assert (scene.heard.sound == 7).mean() > 0.99
    # What the second one says is transcribed apart, at its time.
    assert np.concatenate([each for _, each in scene.heard.apart]).tolist().count(9) == 50 * FRAME
    assert scene.heard.apart[0][0] == pytest.approx(SAMPLE_RATE, abs=FRAME)
    # It is kept in two channels meanwhile, and without a hole before and after.
    channels = [channels for *_, channels in scene.heard.kept]
    assert channels == [1] * 51 + [2] * 50 + [1] * 50
    ends = [at + ticks for at, ticks, _ in scene.heard.kept]
    assert all(abs(at - end) <= TICKS / 2 for (at, *_), end in zip(scene.heard.kept[1:], ends, strict=False))
    assert ends[-1] == pytest.approx(scene.heard.clock_ms * 48, abs=TICKS)
    modes = scene.notes[-1]
    assert (modes.mode, [mode for _, mode in modes.stretches]) == ("separate", ["separate", ""])
    assert [at for at, _ in modes.stretches] == pytest.approx([1_000, 2_000], abs=25)


@pytest.mark.parametrize("mode", ["switch", "separate", "mix"])
@pytest.mark.parametrize("alone", ["first", "second"])
def test_either_carries_the_session_on(vad: VadModel, mode: Mode, alone: str) -> None:
    scene = Scene(mode, vad)
    speech = load_pcm("note-en-us")[: 8 * SAMPLE_RATE]
    scene.play(speech, speech)
    sounds = (speech, None) if alone == "first" else (None, speech)
    scene.play(*sounds)
    scene.devices.flush(scene.now)
    assert scene.heard.clock_ms == pytest.approx(16_000, abs=100)
    apart = np.concatenate([each for _, each in scene.heard.apart] or [np.zeros(0, np.int16)])
    heard = apart if mode == "separate" and alone == "second" else scene.heard.sound
    tail = heard[-7 * SAMPLE_RATE :]
    level = np.std(tail) / np.std(speech[-7 * SAMPLE_RATE :])
    assert level == pytest.approx(0.71 if mode == "mix" else 1.0, abs=0.05)
    ends = scene.heard.kept[-1][0] + TICKS
    assert ends == pytest.approx(scene.heard.clock_ms * 48, abs=TICKS)


def test_the_same_speech_is_heard_once(vad: VadModel) -> None:
    scene = Scene("switch", vad)
    speech = load_pcm("note-en-us")[: 8 * SAMPLE_RATE]
    shift = 4 * FRAME
    late = np.concatenate([np.zeros(shift, np.int16), speech])
    scene.play(np.concatenate([speech, np.zeros(shift, np.int16)]), late)
    scene.devices.flush(scene.now)
    heard = scene.heard.sound[: speech.size]
    assert np.corrcoef(heard, speech)[0, 1] > 0.99


def test_time_in_which_nobody_is_heard_passes_once(vad: VadModel) -> None:
    scene = Scene("mix", vad)
    scene.play(tone(7, 50), tone(7, 50))
    # Both connections are gone, and both come again with new ones. What had come before is not held back.
    scene.devices.flush(scene.now)
    assert scene.heard.clock_ms == pytest.approx(1_000, abs=25)
    scene.now += 5
    scene.play(tone(7, 50), tone(7, 50), gen=2)
    scene.devices.flush(scene.now)
    assert scene.heard.clock_ms == pytest.approx(7_000, abs=60)
    # The same where the connections stay, and their packets say how long it was.
    scene.now += 5
    scene.devices.hear(2, Gap(5 * SAMPLE_RATE), scene.now)
    scene.devices.hear_second(1, Gap(5 * SAMPLE_RATE), scene.now)
    scene.play(tone(7, 50), tone(7, 50), gen=2)
    scene.devices.flush(scene.now)
    assert scene.heard.clock_ms == pytest.approx(13_000, abs=120)
    assert scene.heard.kept[-1][0] + TICKS == pytest.approx(scene.heard.clock_ms * 48, abs=TICKS)


def test_the_mode_can_be_changed_meanwhile_and_no_sound_is_lost(vad: VadModel) -> None:
    scene = Scene("switch", vad)
    modes: tuple[Mode, ...] = ("mix", "separate", "switch")
    for mode in modes:
        scene.play(tone(7, 50), tone(0, 50))
        scene.devices.change(mode, scene.now)
        scene.devices.change(mode, scene.now)
    scene.play(tone(7, 50), tone(0, 50))
    scene.devices.flush(scene.now)
    assert scene.heard.clock_ms == pytest.approx(4_000, abs=25)
    assert np.count_nonzero(scene.heard.sound) >= 4 * SAMPLE_RATE - FRAME
    assert [mode for _, mode in scene.notes[-1].stretches] == ["switch", "mix", "separate", "switch"]
    assert [at for at, _ in scene.notes[-1].stretches] == pytest.approx([0, 1_000, 2_000, 3_000], abs=25)


def test_a_pause_takes_no_time_and_leaves_nothing_behind(vad: VadModel) -> None:
    scene = Scene("switch", vad)
    scene.play(tone(7, 50), tone(7, 50))
    scene.devices.pause(scene.now)
    assert scene.heard.clock_ms == pytest.approx(1_000, abs=25)
    scene.now += 60
    scene.play(tone(7, 50), tone(7, 50), gen=2)
    scene.devices.flush(scene.now)
    assert scene.heard.clock_ms == pytest.approx(2_000, abs=50)


def test_a_worker_that_takes_the_session_over_has_one_device_at_first(vad: VadModel) -> None:
    scene = Scene("mix", vad, stretches=((0, "mix"),))
    scene.play(tone(7, 5), tone(9, 5))
    assert [mode for _, mode in scene.notes[-1].stretches] == ["mix", "", "mix"]
