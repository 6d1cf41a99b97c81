"""A whole benchmark: one model, every policy and number of streams, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..speech.endpointing import EndpointSettings
from ..speech.vad import VadModel
from ..worker.recogniser import Recogniser
from ..worker.recogniser_config import RecogniserConfig
from . import capacity, machine, shapes
from .errors import BenchError
from .figures import Figures
from .material import Material, load
from .run import Bench, Policy
from .soak import soak

OnRun = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` cuts each recording short. The model of `recogniser` may be a shape, such as `shape:tiny`.

    `capacity` searches for the most streams of each policy, up to `most`.
    """

    files: Sequence[Path]
    streams: Sequence[int]
    policies: Sequence[Policy]
    recogniser: RecogniserConfig
    endpoints: EndpointSettings
    language: str
    webrtc: bool = False
    capacity: bool = False
    most: int = 64
    seconds: float | None = None


async def benchmark(plan: Plan, on_run: OnRun) -> dict[str, Any]:
    """Runs the plan; `on_run` hears of each run when it is done. Raises BenchError, EngineError and VadError."""
    materials = [load(path, plan.seconds) for path in plan.files]
    asked = plan.recogniser.model.model
    if not asked.startswith(shapes.PREFIX):
        return await _benchmark(plan, materials, on_run)
    for material in materials:
        if material.reference is None:
            raise BenchError(f"A model with nothing learnt needs {material.path.with_suffix('.json')}.")
    with shapes.folder_of(asked) as folder:
        built = replace(plan, recogniser=with_model(plan.recogniser, folder))
        return await _benchmark(built, materials, on_run, scripted_as=asked)


async def _benchmark(
    plan: Plan, materials: Sequence[Material], on_run: OnRun, *, scripted_as: str = ""
) -> dict[str, Any]:
    found: dict[str, Any] = {"machine": machine.describe(), "runs": [], "capacity": {}}
    recogniser = Recogniser(plan.recogniser)
    await recogniser.start()
    try:
        state = await recogniser.ready()
        model = scripted_as or state.model
        bench = Bench(
            materials,
            model,
            recogniser,
            VadModel(),
            plan.endpoints,
            plan.language,
            scripted=bool(scripted_as),
            webrtc=plan.webrtc,
        )
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


async def soak_all(plan: Plan, hours: float, on_pass: Callable[[float], None]) -> dict[str, Any]:
    """A session that speaks the first recording for hours. Raises BenchError and VadError."""
    material = load(plan.files[0], plan.seconds)
    found = await soak(material, hours, VadModel(), plan.endpoints, on_pass)
    return {"machine": machine.describe(), "runs": [], "capacity": {}, "soak": found}


def with_model(config: RecogniserConfig, model: str) -> RecogniserConfig:
    """The same recogniser with another model, for which nothing may stand in."""
    return replace(config, model=replace(config.model, model=model, demo_allowed=False))
