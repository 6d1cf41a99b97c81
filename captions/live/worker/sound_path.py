"""The way of a session's sound, from its sources to its transcriber and its recording."""

from ...recordings.audio_recorder import Track
from ...webrtc.audio import AudioChunk, Gap, Packet, Pcm
from .session_clock import Hole, SessionClock
from .transcribers import Transcribers


class SoundPath:
    """Passes on the sound of one source after the other, each named by its gen.

    What is missing between them passes on the session's clock. `track` is the recording; None where the user does not
    want the sound kept.
    """

    def __init__(self, transcriber: Transcribers, clock: SessionClock, track: Track | None) -> None:
        self._transcriber = transcriber
        self._clock = clock
        self._track = track
        self._is_heard = True
        # Samples that came since, and were recorded at most.
        self._unheard = 0
        self._goes_on: int | None = None

    @property
    def keeps(self) -> bool:
        """Whether the sound is recorded."""
        return self._track is not None

    @property
    def clock_ms(self) -> int:
        return self._transcriber.clock_ms

    def hear(self, gen: int, audio: AudioChunk, now: float) -> None:
        """Takes sound whose end was captured at `now`, in monotonic seconds."""
        if not self._is_heard:
            self._unheard += audio.samples.size if isinstance(audio, Pcm) else audio.samples
            self._clock.heard(now)
            return
        match audio:
            case Pcm(samples=samples, shared=shared):
                self._let_pass(self._clock.hole_before(gen, samples.size, now))
                self._clock.begin(gen, self._transcriber.clock_ms, goes_on=gen == self._goes_on)
                self._goes_on = None
                self._transcriber.push(samples, shared)
            case Gap(samples=hole):
                self._transcriber.skip(hole)
        self._clock.heard(now)

    def joined(self, gen: int, hole: int) -> None:
        """A source continues the one before it, after so many samples that are missing."""
        if hole and self._clock.right_at is not None:
            self._let_pass(Hole(hole))
        self._clock.begin(gen, self._transcriber.clock_ms)

    def goes_on(self, gen: int) -> None:
        """The source with that gen was heard by another name meanwhile, and goes on with its next sound."""
        self._goes_on = gen

    def keep(self, packet: Packet) -> None:
        """Records a packet of the source that is heard."""
        if self._track is not None:
            channels = 2 if packet.shared else 1
            self._track.put(packet.payload, self._clock.start_of(packet), packet.ticks, channels)

    def stop(self) -> None:
        """Transcribes nothing that comes from now on."""
        self._is_heard = False

    def skip_unheard(self) -> None:
        """Lets what came since `stop` pass on the session's clock."""
        self._transcriber.skip(self._unheard)

    def _let_pass(self, hole: Hole | None) -> None:
        if hole is None:
            return
        if hole.short:
            self._transcriber.push_silence(hole.samples)
        else:
            self._transcriber.skip(hole.samples)
