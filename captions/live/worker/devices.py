"""The devices over which one session is heard: that with which it began, and at times a second one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import get_args

from ...audio.opus import OpusPair
from ...metrics import DROPS
from ...speech.mixing.frames import FRAME, Mixed
from ...speech.mixing.mixer import Hole, Mixer
from ...speech.mixing.policies import Mode
from ...speech.mixing.scores import Voices
from ...speech.types import SAMPLE_RATE
from ...transcripts.final_writer import DeviceNote
from ...webrtc.audio import TICK_RATE, AudioChunk, Gap, Packet, Pcm
from .sound_path import SoundPath

_MODES: tuple[Mode, ...] = get_args(Mode)
_TICKS_A_SAMPLE = TICK_RATE // SAMPLE_RATE
_FRAME_TICKS = FRAME * _TICKS_A_SAMPLE
# After so much time without sound from anybody, that of a new connection begins later.
_HOLE_SECONDS = 0.25
_FIRST, _SECOND = 0, 1
# Most changes that are noted of one session.
_MOST_STRETCHES = 1_000


def mode_of(name: str) -> Mode | None:
    """The mode of that name; None if there is none."""
    return next((each for each in _MODES if each == name), None)


@dataclass(frozen=True, slots=True)
class DeviceSetup:
    """How a session hears two devices when a worker takes it."""

    mode: str = "switch"
    stretches: tuple[tuple[int, str], ...] = ()
    """As `Session.device_modes`."""
    vad: Voices | None = field(default=None, repr=False)
    """Needed for two devices."""


class Devices:
    """Passes sound on to `path`: that of the first device as it is, and while there is a second one, both as one.

    Both are aligned and heard as `mode` says. Their recording has two channels meanwhile, the first device on the left.
    `note` is told since when a second one was heard, and how. `arrived` is monotonic seconds.
    """

    def __init__(self, path: SoundPath, setup: DeviceSetup, note: Callable[[DeviceNote], None]) -> None:
        self._path = path
        self._vad = setup.vad
        self._note = note
        self._mode: Mode = mode_of(setup.mode) or "switch"
        self._stretches = list(setup.stretches)
        if self._stretches and self._stretches[-1][1]:
            # The worker that had the session before has left with it.
            self._stretches.append((path.clock_ms, ""))
        self._mixer: Mixer | None = None
        self._pair: OpusPair | None = None
        # What is heard of both is a source with a gen of its own, which no connection has.
        self._gen = 0
        self._ticks = 0
        self._gens = [0, 0]
        self._arrived: float | None = None
        self._dropped = 0

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def can_join(self) -> bool:
        return self._vad is not None

    @property
    def is_joined(self) -> bool:
        """Whether a second device is heard, or was a moment ago."""
        return self._mixer is not None

    def hear(self, gen: int, audio: AudioChunk, arrived: float, late_seconds: float = 0.0) -> None:
        """Takes sound of the first device, which was captured so long before it arrived."""
        if self.is_joined:
            self._push(_FIRST, gen, audio, arrived)
        else:
            self._gens[_FIRST] = gen
            self._path.hear(gen, audio, arrived - late_seconds)

    def keep(self, packet: Packet) -> None:
        """Records a packet of the first device, unless its sound is recorded with that of the second one."""
        if not self.is_joined:
            self._path.keep(packet)

    def joined(self, gen: int, hole: int) -> None:
        """A connection of the first device goes on where the one before it was, after so many samples."""
        if self.is_joined:
            self._gens[_FIRST] = gen
        else:
            self._path.joined(gen, hole)

    def hear_second(self, gen: int, audio: AudioChunk, arrived: float) -> None:
        """Takes sound of the second device, which has joined with the first of it."""
        if self._mixer is None:
            self._join()
        self._push(_SECOND, gen, audio, arrived)

    def change(self, mode: Mode, arrived: float) -> None:
        """Hears both devices in another mode from now on."""
        if mode == self._mode:
            return
        self._mode = mode
        if self._mixer is not None:
            self._pass_on(self._mixer.change(mode), arrived)
            self._stretches.append((self._path.clock_ms, mode))
        self.note_mode()

    def note_mode(self) -> None:
        """Notes how both are heard."""
        self._note(DeviceNote(self._mode, tuple(self._stretches[:_MOST_STRETCHES])))

    def flush(self, arrived: float) -> None:
        """Passes on all that has arrived: nothing follows directly."""
        if self._mixer is not None:
            self._pass_on(self._mixer.flush(), arrived)
            self._keep_rest()

    def pause(self, arrived: float) -> None:
        """Passes on all that has arrived; the time until more comes does not count."""
        self.flush(arrived)
        self._arrived = None

    def leave(self, arrived: float) -> None:
        """The second device is gone: the first one is heard as it is again."""
        if self._mixer is None:
            return
        self.flush(arrived)
        self._mixer = self._pair = None
        self._path.goes_on(self._gens[_FIRST])
        self._stretches.append((self._path.clock_ms, ""))
        self.note_mode()

    def _join(self) -> None:
        assert self._vad is not None
        self._mixer = Mixer(2, self._mode, self._vad)
        self._pair = OpusPair() if self._path.keeps else None
        self._begin()
        self._stretches.append((self._path.clock_ms, self._mode))
        self.note_mode()

    def _begin(self) -> None:
        self._gen -= 1
        self._ticks, self._arrived, self._dropped = 0, None, 0

    def _push(self, source: int, gen: int, audio: AudioChunk, arrived: float) -> None:
        assert self._mixer is not None
        if gen != self._gens[source]:
            self._gens[source] = gen
            self._let_pass(audio, arrived)
        match audio:
            case Pcm(samples=samples):
                found = self._mixer.push(source, samples, arrived)
            case Gap(samples=hole):
                found = self._mixer.skip(source, hole)
        self._pass_on(found, arrived)
        if (dropped := self._mixer.dropped) > self._dropped:
            DROPS.labels("device").inc()
            self._dropped = dropped

    def _let_pass(self, audio: AudioChunk, arrived: float) -> None:
        """Lets the time pass in which nobody was heard: a new connection knows nothing of it."""
        if self._mixer is None or self._arrived is None or isinstance(audio, Gap):
            return
        hole = int((arrived - self._arrived) * SAMPLE_RATE) - audio.samples.size
        if hole >= _HOLE_SECONDS * SAMPLE_RATE:
            self._pass_on(self._mixer.pass_time(hole), arrived)

    def _pass_on(self, found: list[Mixed | Hole], arrived: float) -> None:
        assert self._mixer is not None
        heard_at = arrived - self._mixer.waiting_seconds
        for each in found:
            self._arrived = arrived
            if isinstance(each, Hole):
                self._keep_rest()
                self._path.hear(self._gen, Gap(each.samples), heard_at)
                self._ticks += each.samples * _TICKS_A_SAMPLE
                continue
            self._path.hear(self._gen, Pcm(each.sound, each.apart), heard_at)
            if self._pair is not None:
                self._keep_all(self._pair.push(each.frames, self._ticks))
            self._ticks += _FRAME_TICKS

    def _keep_rest(self) -> None:
        if self._pair is not None:
            self._keep_all(self._pair.flush())

    def _keep_all(self, packets: list[tuple[bytes, int]]) -> None:
        for payload, start in packets:
            self._path.keep(Packet(payload, start, _FRAME_TICKS, shared=True))
