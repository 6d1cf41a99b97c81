"""A whole benchmark: one model, every policy and number of streams, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..speech.endpointing import EndpointSettings
from ..speech.vad import VadModel
from ..worker.recogniser import Recogniser
from ..worker.recogniser_config import RecogniserConfig
from . import capacity, machine
from .figures import Figures
from .material import load
from .run import Bench, Policy


@dataclass(frozen=True, slots=True)
class Plan:
    """`model` empty is the one that `recogniser` says; `seconds` cuts each recording short.

    `capacity` searches for the most streams of each policy, up to `most`.
    """

    files: Sequence[Path]
    streams: Sequence[int]
    policies: Sequence[Policy]
    recogniser: RecogniserConfig
    endpoints: EndpointSettings
    language: str
    capacity: bool = False
    most: int = 64
    seconds: float | None = None


async def benchmark(plan: Plan, on_run: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Runs the plan; `on_run` hears of each run when it is done. Raises BenchError, EngineError and VadError."""
    materials = [load(path, plan.seconds) for path in plan.files]
    found: dict[str, Any] = {"machine": machine.describe(), "runs": [], "capacity": {}}
    recogniser = Recogniser(plan.recogniser)
    await recogniser.start()
    try:
        state = await recogniser.ready()
        bench = Bench(materials, state.model, recogniser, VadModel(), plan.endpoints, plan.language)
        await bench.listen_offline()

        async def run(policy: Policy, streams: int) -> Figures:
            figures = await bench.run(policy, streams)
            found["runs"].append(figures.json)
            on_run(figures.json)
            return figures

        for policy in plan.policies:
            done = {streams: await run(policy, streams) for streams in plan.streams}
            if plan.capacity:

                async def carries(
                    streams: int, policy: Policy = policy, done: dict[int, Figures] = done
                ) -> bool:
                    return capacity.carried(done.get(streams) or await run(policy, streams))

                found["capacity"][policy] = await capacity.largest(carries, most=plan.most)
    finally:
        await recogniser.close()
    return found


def with_model(config: RecogniserConfig, model: str) -> RecogniserConfig:
    """The same recogniser with another model, for which nothing may stand in."""
    return replace(config, model=replace(config.model, model=model, demo_allowed=False))
