"""One run of a benchmark: some simultaneous streams and one recogniser."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

from ..metrics import DECODE_SECONDS
from ..speech.passage import Passage
from . import stream
from .corpus import Recording
from .figures import Cost, Figures, Heard, Setup, figures
from .lanes import Spoken, lanes, speak_lanes
from .page import replay
from .resources import Resources
from .second_pass import standing, taken_over
from .webrtc import Microphones
from .whole_file import WholeText

Opens = Callable[[Recording], stream.Make]
"""Returns the function that makes the transcriber for a recording."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs share. `whole` returns faster-whisper's transcription of a whole recording, `again` the passages of
    a second pass."""

    model: str
    recordings: Sequence[Recording]
    opens: Opens
    whole: Callable[[Recording], WholeText]
    again: Callable[[Recording], Sequence[Passage]]
    webrtc: bool = False
    lane_seconds: float | None = None

    async def run(self, streams: int) -> Figures:
        """The figures of a run with `streams` streams. Raises BenchError if one of them fails."""
        chosen = lanes(self.recordings, streams, self.lane_seconds)
        before = decode_seconds()
        async with AsyncExitStack() as stack:
            stack.enter_context(collector_as_in_the_worker())
            microphones = await stack.enter_async_context(Microphones()) if self.webrtc else None
            others = frozenset([microphones.pid]) if microphones else frozenset()
            resources = await stack.enter_async_context(Resources(others))

            async def speak(recording: Recording) -> Spoken:
                make = self.opens(recording)
                if microphones is not None:
                    told = await microphones.speak(recording, make)
                else:
                    told = await stream.speak(recording.sound, make)
                later = taken_over(standing(told.events), self.again(recording))
                return Spoken(recording, tuple(replay(told.events)), told.complete, tuple(later))

            spoken = await speak_lanes(chosen, speak)
        after = decode_seconds()
        return figures(
            Setup("live", self.model, streams, webrtc=self.webrtc),
            heard_of(spoken, self.whole),
            Cost(
                audio_seconds=audio_seconds(chosen),
                decode_seconds=after - before,
                cpu_seconds=resources.cpu_seconds,
                rss_mb=resources.rss_mb,
                lags_ms=resources.lags_ms,
            ),
        )


def heard_of(spoken: Sequence[Spoken], whole: Callable[[Recording], WholeText]) -> list[Heard]:
    return [
        Heard(each.recording, each.rows, whole(each.recording), each.snapshots, each.complete, each.later)
        for each in spoken
    ]


def audio_seconds(chosen: Sequence[Sequence[Recording]]) -> float:
    """The length of the sound of all lanes, including the silence after each recording."""
    return sum(recording.seconds + stream.TAIL_SECONDS for lane in chosen for recording in lane)


def decode_seconds() -> float:
    """The seconds that the recognisers of this process have spent on decodes, including discarded ones."""
    samples = (sample for metric in DECODE_SECONDS.collect() for sample in metric.samples)
    return sum(sample.value for sample in samples if sample.name.endswith("_sum"))


@contextmanager
def collector_as_in_the_worker() -> Iterator[None]:
    """Excludes existing objects from garbage collection, as the audio worker does, to avoid lag of the event loop."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
