"""A whole benchmark of live text: one model, every number of streams, and other programs on the same sound."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..asr.process.config import RecogniserConfig
from ..asr.process.recogniser import Recogniser
from ..speech.endpointing import EndpointSettings
from ..speech.listener import Listener
from ..speech.vad import VadModel
from . import capacity, machine, models, noise, second_pass, stream
from .apart import hear_apart
from .corpus import Recording
from .errors import BenchError
from .figures import Figures
from .peers import environment
from .peers import measure as peers
from .run import Bench
from .soak import soak
from .whole_file import Way, WholeText, texts

OnRun = Callable[[dict[str, Any]], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """`streams` are the numbers of speakers at once; several speak for `lane_seconds` each, or each recording once.

    With `until_full` no more are tried after the first number that is not carried. `capacity` searches for the most
    streams, up to `most`. Without `tell_language` nobody says in which language a
    recording is. `peers` are other programs that are measured in the same way. `noise_minutes` of each sound that
    nobody speaks in are played, if any. `kept` is the folder for what need not be made twice.
    """

    recordings: Sequence[Recording]
    recogniser: RecogniserConfig
    endpoints: EndpointSettings
    kept: Path
    streams: Sequence[int] = (1,)
    webrtc: bool = False
    until_full: bool = False
    capacity: bool = False
    most: int = 64
    lane_seconds: float | None = None
    tell_language: bool = True
    peers: Sequence[str] = ()
    noise_minutes: float = 0.0


async def benchmark(plan: Plan, on_run: OnRun, say: Say) -> dict[str, Any]:
    """Runs the plan; `on_run` hears of each run when it is done, `say` of one that did not come to its end.

    Raises BenchError, EngineError and VadError when there is nothing to measure.
    """
    wanted = plan.recogniser.model
    folder = models.folder_of(wanted)
    recordings = understood(plan.recordings, folder)
    whole = whole_texts(folder, plan.kept, recordings, "sequential")
    again = second_pass.hear(folder, plan.endpoints, recordings)
    about = machine.describe()
    found: dict[str, Any] = {"machine": about, "runs": [], "capacity": {}, "noise": []}
    recogniser = Recogniser(plan.recogniser)
    await recogniser.start()
    try:
        name = (await recogniser.ready()).model
        vad = VadModel()

        def opens(recording: Recording | None) -> stream.Make:
            language = recording.language if recording is not None and plan.tell_language else ""

            def make(session: str, tell: stream.Tell) -> stream.Speaking:
                listener = Listener(vad)
                return stream.live(
                    session,
                    tell,
                    language=language,
                    listener=listener,
                    recogniser=recogniser,
                    endpoints=plan.endpoints,
                )

            return make

        bench = Bench(
            name,
            recordings,
            opens,
            lambda recording: whole[recording.name],
            lambda recording: again[recording.name],
            webrtc=plan.webrtc,
            lane_seconds=plan.lane_seconds,
        )
        runs = Runs(bench.run, on_run, say)
        most = await runs.of(plan)
        found["runs"] += runs.done
        if most is not None:
            found["capacity"]["live"] = most
        if plan.noise_minutes:
            for each in (*noise.NOISES, noise.MUSIC):
                invented = await noise.listen(each, plan.noise_minutes, opens(None))
                say(f"{invented.name}: {invented.rows} rows in {plan.noise_minutes:g} minutes")
                found["noise"].append(asdict(invented))
    finally:
        await recogniser.close()
    for peer in plan.peers:
        try:
            python = environment.python_of(plan.kept / "peers", say)
        except BenchError as error:
            say(str(error))
            break

        async def measured(streams: int, peer: str = peer, python: Path = python) -> Figures:
            return await peers.run(
                peer,
                python,
                folder,
                recordings,
                lambda recording: whole[recording.name],
                model_name=name,
                streams=streams,
                lane_seconds=plan.lane_seconds,
                log=plan.kept / f"{peer}.log",
            )

        runs = Runs(measured, on_run, say)
        most = await runs.of(plan)
        found["runs"] += runs.done
        if most is not None:
            found["capacity"][peer] = most
    return found


class Runs:
    """The runs of one program so far; none is done twice."""

    def __init__(self, run: Callable[[int], Any], on_run: OnRun, say: Say) -> None:
        self._measure = run
        self._on_run = on_run
        self._say = say
        self._figures: dict[int, Figures | None] = {}

    @property
    def done(self) -> list[dict[str, Any]]:
        return [_as_dict(figures) for figures in self._figures.values() if figures is not None]

    async def of(self, plan: Plan) -> int | None:
        """Does what the plan has; its capacity, where that is asked for."""
        for streams in plan.streams:
            figures = await self._run(streams)
            if plan.until_full and (figures is None or not capacity.carried(figures)):
                break
        if not plan.capacity:
            return None

        async def carries(streams: int) -> bool:
            figures = await self._run(streams)
            return figures is not None and capacity.carried(figures)

        return await capacity.largest(carries, most=plan.most)

    async def _run(self, streams: int) -> Figures | None:
        if streams not in self._figures:
            try:
                figures = await self._measure(streams)
            except BenchError as error:
                self._figures[streams] = None
                self._say(str(error))
            else:
                self._figures[streams] = figures
                self._on_run(_as_dict(figures))
        return self._figures[streams]


def _as_dict(figures: Figures) -> dict[str, Any]:
    return {**figures.json, "carried": capacity.carried(figures)}


def understood(recordings: Sequence[Recording], folder: Path) -> list[Recording]:
    """Those in languages that the model knows. Raises BenchError when there is none."""
    known = [each for each in recordings if each.language == "en" or not models.english_only(folder)]
    if not known:
        raise BenchError("The model knows English only, and no recording is in English.")
    return known


def whole_texts(folder: Path, kept: Path, recordings: Sequence[Recording], way: Way) -> dict[str, WholeText]:
    """What faster-whisper writes of each whole recording, by name."""
    return hear_apart(partial(texts, folder, kept / "whole", way), recordings)


async def soak_all(
    recording: Recording,
    endpoints: EndpointSettings,
    hours: float,
    on_pass: Callable[[float], None],
    *,
    packets: bool,
) -> dict[str, Any]:
    """A session that speaks one recording for hours. Raises BenchError and VadError."""
    found = await soak(recording, hours, VadModel(), endpoints, on_pass, packets=packets)
    return {"machine": machine.describe(), "runs": [], "capacity": {}, "soak": found}


def with_model(config: RecogniserConfig, model: str) -> RecogniserConfig:
    """The same recogniser with another model."""
    return replace(config, model=replace(config.model, model=model))
