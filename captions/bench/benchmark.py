"""A whole benchmark: one model, every policy and number of streams, one after the other."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..recogniser.config import RecogniserConfig
from ..recogniser.recogniser import Recogniser
from ..speech.endpointing import EndpointSettings
from ..speech.vad import VadModel
from . import capacity, machine, shapes
from .errors import BenchError
from .figures import Figures
from .material import load
from .run import Bench, Policy
from .soak import soak

OnRun = Callable[[dict[str, Any]], None]
OnFailure = Callable[[str], None]


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


async def benchmark(plan: Plan, on_run: OnRun, on_failure: OnFailure) -> dict[str, Any]:
    """Runs the plan; `on_run` hears of each run when it is done, `on_failure` of one that did not come to its end.

    Raises BenchError, EngineError and VadError when there is nothing to measure.
    """
    materials = [load(path, plan.seconds) for path in plan.files]
    asked = plan.recogniser.model.model
    with ExitStack() as stack:
        config, scripted = plan.recogniser, asked.startswith(shapes.PREFIX)
        if scripted:
            for material in materials:
                if material.reference is None:
                    raise BenchError(
                        f"A model with nothing learnt needs {material.path.with_suffix('.json')}."
                    )
            config = with_model(config, stack.enter_context(shapes.folder_of(asked)))
        about = machine.describe()
        recogniser = Recogniser(config)
        await recogniser.start()
        try:
            state = await recogniser.ready()
            bench = Bench(
                materials,
                asked if scripted else state.model,
                recogniser,
                VadModel(),
                plan.endpoints,
                plan.language,
                scripted=scripted,
                webrtc=plan.webrtc,
            )
            await bench.listen_offline()
            runs = Runs(bench, on_run, on_failure)
            found = {policy: await runs.of(policy, plan) for policy in plan.policies}
        finally:
            await recogniser.close()
    return {
        "machine": about,
        "runs": runs.done,
        "capacity": {policy: most for policy, most in found.items() if most is not None},
    }


class Runs:
    """The runs of a benchmark so far; none is done twice."""

    def __init__(self, bench: Bench, on_run: OnRun, on_failure: OnFailure) -> None:
        self._bench = bench
        self._on_run = on_run
        self._on_failure = on_failure
        self._figures: dict[tuple[Policy, int], Figures | None] = {}

    @property
    def done(self) -> list[dict[str, Any]]:
        return [figures.json for figures in self._figures.values() if figures is not None]

    async def of(self, policy: Policy, plan: Plan) -> int | None:
        """Does what the plan has for one policy; its capacity, where that is asked for."""
        for streams in plan.streams:
            await self._run(policy, streams)
        if not plan.capacity:
            return None

        async def carries(streams: int) -> bool:
            figures = await self._run(policy, streams)
            return figures is not None and capacity.carried(figures)

        return await capacity.largest(carries, most=plan.most)

    async def _run(self, policy: Policy, streams: int) -> Figures | None:
        if (policy, streams) not in self._figures:
            try:
                figures = await self._bench.run(policy, streams)
            except BenchError as error:
                self._figures[policy, streams] = None
                self._on_failure(str(error))
            else:
                self._figures[policy, streams] = figures
                self._on_run(figures.json)
        return self._figures[policy, streams]


async def soak_all(plan: Plan, hours: float, on_pass: Callable[[float], None]) -> dict[str, Any]:
    """A session that speaks the first recording for hours. Raises BenchError and VadError."""
    material = load(plan.files[0], plan.seconds)
    found = await soak(material, hours, VadModel(), plan.endpoints, on_pass, packets=plan.webrtc)
    return {"machine": machine.describe(), "runs": [], "capacity": {}, "soak": found}


def with_model(config: RecogniserConfig, model: str) -> RecogniserConfig:
    """The same recogniser with another model, for which nothing may stand in."""
    return replace(config, model=replace(config.model, model=model, demo_allowed=False))
