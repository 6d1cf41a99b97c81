"""One run of a benchmark: some streams at once, one policy, one recogniser."""

import asyncio
import gc
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast

import numpy as np

from ..engines.base import Audio, Engine, Task
from ..files.batched import transcribe
from ..metrics import DECODE_SECONDS
from ..recogniser.recogniser import Recogniser
from ..speech.endpointing import EndpointSettings
from ..speech.listener import Listener
from ..speech.types import SILENCE, Hypothesis
from ..speech.vad import VadModel
from ..worker.cancelling import end
from . import stream
from .errors import BenchError
from .figures import Cost, Figures, Setup, Spoken, figures
from .material import Material
from .resources import Resources
from .script import NotedListener, Script, ScriptedRecogniser
from .webrtc import Microphones

Policy = Literal["live", "naive"]

# Speakers do not begin in step. The golden ratio spreads any number of them evenly.
_SPREAD_SECONDS = 4.0
_GOLDEN = 0.618034


@dataclass(frozen=True, slots=True)
class Bench:
    """What all runs have in common. Stream number n speaks recording number n, from the first again after the last.

    `scripted` is for models that have learnt nothing: their words come from the references.
    """

    materials: Sequence[Material]
    model: str
    recogniser: Recogniser
    vad: VadModel
    endpoints: EndpointSettings
    language: str
    scripted: bool = False
    webrtc: bool = False
    offline: dict[Path, str] = field(default_factory=dict)

    async def listen_offline(self) -> None:
        """Decodes each recording utterance by utterance, in its own time: what the model can do at its best."""
        if self.scripted:
            self.offline.update((each.path, each.reference.text) for each in self.materials if each.reference)
            return
        # Decoding is all that is asked of an engine here.
        engine = cast(Engine, _Decoding(self.recogniser, asyncio.get_running_loop()))
        for material in self.materials:
            self.offline[material.path] = await asyncio.to_thread(self._offline_text, material, engine)

    def _offline_text(self, material: Material, engine: Engine) -> str:
        passages = transcribe([material.sound], engine, self.vad, self.endpoints, language=self.language)
        return " ".join(passage.text for passage in passages)

    async def run(self, policy: Policy, streams: int) -> Figures:
        """Raises BenchError when a stream did not come to its end."""
        chosen = [self.materials[number % len(self.materials)] for number in range(streams)]
        before = decode_seconds()
        async with AsyncExitStack() as stack:
            stack.enter_context(_collector_as_in_the_worker())
            microphones = await stack.enter_async_context(Microphones()) if self.webrtc else None
            others = frozenset([microphones.pid]) if microphones else frozenset()
            resources = await stack.enter_async_context(Resources(others))
            speaking = [
                asyncio.create_task(
                    self._speak(microphones, policy, material, number * _GOLDEN % 1 * _SPREAD_SECONDS)
                )
                for number, material in enumerate(chosen)
            ]
            try:
                told = await asyncio.gather(*speaking)
            finally:
                # Should one fail, the others must not speak into the next run.
                await end(speaking)
        if not all(each.complete for each in told):
            raise BenchError(
                f"With {streams} streams the {policy} policy was not done "
                f"{stream.DRAIN_SECONDS:.0f} s after the end."
            )
        after = decode_seconds()
        return figures(
            Setup(policy, self.model, streams, webrtc=self.webrtc),
            [
                Spoken(each.events, material.reference, self.offline.get(material.path, ""))
                for each, material in zip(told, chosen, strict=True)
            ],
            Cost(
                audio_seconds=sum(material.seconds + stream.TAIL_SECONDS for material in chosen),
                decode_seconds={kind: after[kind] - before[kind] for kind in after},
                cpu_seconds=resources.cpu_seconds,
                rss_mb=resources.rss_mb,
                lags_ms=resources.lags_ms,
            ),
        )

    async def _speak(
        self, microphones: Microphones | None, policy: Policy, material: Material, after: float
    ) -> stream.Told:
        make = self._maker(policy, material)
        if microphones is not None:
            return await microphones.speak(material, make, after=after)
        return await stream.speak(material.sound, make, after=after)

    def _maker(self, policy: Policy, material: Material) -> stream.Make:
        make = stream.live if policy == "live" else stream.naive

        def made(session: str, tell: stream.Tell) -> stream.Speaking:
            listener, recogniser = Listener(self.vad, self.endpoints), self.recogniser
            if self.scripted and material.reference:
                script = Script(material.reference)
                listener = NotedListener(script, self.vad, self.endpoints)
                recogniser = cast(Recogniser, ScriptedRecogniser(script, self.recogniser))
            return make(session, tell, language=self.language, listener=listener, recogniser=recogniser)

        return made


def decode_seconds() -> dict[str, float]:
    """Seconds that recognisers of this process have spent on partials, and on finals, wanted or thrown away."""
    spent = {"partial": 0.0, "final": 0.0}
    for metric in DECODE_SECONDS.collect():
        for sample in metric.samples:
            if sample.name.endswith("_sum"):
                spent["partial" if sample.labels["kind"] == "partial" else "final"] += sample.value
    return spent


@contextmanager
def _collector_as_in_the_worker() -> Iterator[None]:
    """Garbage collection passes over what is loaded already: to walk it would make the event loop late."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class _Decoding:
    """The recogniser as an engine for another thread."""

    def __init__(self, recogniser: Recogniser, loop: asyncio.AbstractEventLoop) -> None:
        self._recogniser = recogniser
        self._loop = loop

    def decode(self, audio: Audio, task: Task) -> Hypothesis:
        samples = np.round(audio * 32768).astype(np.int16)
        heard = asyncio.run_coroutine_threadsafe(
            self._recogniser.decode("offline", samples, task), self._loop
        ).result()
        return SILENCE if heard is None else heard
