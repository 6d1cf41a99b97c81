"""The benchmark of live text: one model, several numbers of streams, and other programs on the same sound."""

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
    """What a benchmark measures."""

    recordings: Sequence[Recording]
    recogniser: RecogniserConfig
    endpoints: EndpointSettings
    kept: Path
    """The folder for results and programs that later benchmarks use again."""
    streams: Sequence[int] = (1,)
    """The numbers of simultaneous streams, each measured in one run."""
    webrtc: bool = False
    """Whether the sound goes over WebRTC, from another process."""
    until_full: bool = False
    """Whether to stop after the first number of streams that is too much (see `capacity.carried`)."""
    capacity: bool = False
    """Whether to search for the largest number of streams without overload."""
    most: int = 64
    """The largest number of streams in that search."""
    lane_seconds: float | None = None
    """The seconds that each of several streams speaks; None for every recording once."""
    tell_language: bool = True
    """Whether the language of each recording is given; otherwise it is detected."""
    peers: Sequence[str] = ()
    """Other programs to measure, keys of PEERS."""
    noise_minutes: float = 0.0
    """The minutes of each noise to play, to count text recognised in it; 0 for none."""


async def benchmark(plan: Plan, on_run: OnRun, say: Say) -> dict[str, Any]:
    """Runs the plan and returns its figures in the form that the command bench_live writes.

    `on_run` gets the figures of each finished run, `say` a sentence about each failed one. Raises BenchError,
    EngineError and VadError if nothing can be measured.
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
    """Runs one program with various numbers of streams, each only once."""

    def __init__(self, run: Callable[[int], Any], on_run: OnRun, say: Say) -> None:
        self._measure = run
        self._on_run = on_run
        self._say = say
        self._figures: dict[int, Figures | None] = {}

    @property
    def done(self) -> list[dict[str, Any]]:
        return [_as_dict(figures) for figures in self._figures.values() if figures is not None]

    async def of(self, plan: Plan) -> int | None:
        """Does the plan's runs; returns the capacity if the plan asks for it, else None."""
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
    """The recordings in languages that the model knows. Raises BenchError if there are none."""
    known = [each for each in recordings if each.language == "en" or not models.english_only(folder)]
    if not known:
        raise BenchError("The model knows English only, and no recording is in English.")
    return known


def whole_texts(folder: Path, kept: Path, recordings: Sequence[Recording], way: Way) -> dict[str, WholeText]:
    """The text of each recording as faster-whisper transcribes the whole file, by name."""
    return hear_apart(partial(texts, folder, kept / "whole", way), recordings)


async def soak_all(
    recording: Recording,
    endpoints: EndpointSettings,
    hours: float,
    on_pass: Callable[[float], None],
    *,
    packets: bool,
) -> dict[str, Any]:
    """The figures of one session in which a recording is repeated for hours. Raises BenchError and VadError."""
    found = await soak(recording, hours, VadModel(), endpoints, on_pass, packets=packets)
    return {"machine": machine.describe(), "runs": [], "capacity": {}, "soak": found}


def with_model(config: RecogniserConfig, model: str) -> RecogniserConfig:
    """The same recogniser with another model."""
    return replace(config, model=replace(config.model, model=model))
