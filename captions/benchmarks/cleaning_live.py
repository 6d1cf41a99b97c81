"""Word errors of recordings on the live road, with and without noise reduction.

Sound comes as fast as it is decoded, so that the load of the machine changes nothing.
"""

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..asr.process.config import RecogniserConfig
from ..asr.process.recogniser import Recogniser
from ..audio.noise.kinds import CleanerError, make_cleaner
from ..speech.cleaning import CleaningKind
from ..speech.endpointing import EndpointSettings
from ..speech.listener import Listener
from ..speech.ring import Samples
from ..speech.vad import VadModel
from . import stream
from .cleaners import Clean, whole
from .cleaning import Cleaned
from .corpus import Recording
from .errors import BenchError
from .scoring import word_errors

_KINDS: tuple[CleaningKind, ...] = ("near", "far")
_LOOK_SECONDS = 0.005


def _as_it_is(sound: Samples) -> Samples:
    return sound


@dataclass(frozen=True, slots=True)
class _Way:
    """A setting of a dictation, or a sound that is cleaned before it gets there, for the voice detection too."""

    name: str
    kind: CleaningKind = "off"
    before: Clean = _as_it_is


async def measure(
    recordings: Sequence[Recording],
    config: RecogniserConfig,
    endpoints: EndpointSettings,
    say: Callable[[str], None],
) -> list[Cleaned]:
    """Raises BenchError, EngineError and VadError."""
    ways = [
        _Way("off"),
        *(_Way(kind, kind) for kind in _KINDS),
        *(_Way(f"{kind}, voice detection too", before=_before(kind)) for kind in _KINDS),
    ]
    recogniser = Recogniser(config)
    await recogniser.start()
    try:
        await recogniser.ready()
        vad = VadModel()
        found = []
        for way in ways:
            errors = []
            for recording in recordings:
                text = await _text(recording, way, recogniser, vad, endpoints)
                errors.append(word_errors(recording.text, text, recording.language))
            found.append(Cleaned(way.name, tuple(errors), _cost(recordings, way)))
            say(f"{way.name}: {found[-1].rate:.1%}")
        return found
    finally:
        await recogniser.close()


def _before(kind: CleaningKind) -> Clean:
    try:
        make_cleaner(kind)
    except CleanerError as error:
        raise BenchError(str(error)) from error
    return whole(lambda: make_cleaner(kind), lambda: True)


def _cost(recordings: Sequence[Recording], way: _Way) -> float:
    clean = way.before if way.kind == "off" else _before(way.kind)
    began = time.process_time()
    for recording in recordings:
        clean(recording.sound)
    return (time.process_time() - began) / sum(each.seconds for each in recordings)


async def _text(
    recording: Recording, way: _Way, recogniser: Recogniser, vad: VadModel, endpoints: EndpointSettings
) -> str:
    finals: dict[int, str] = {}

    def publish(message: dict[str, Any]) -> None:
        if message["type"] == "final":
            finals[message["seq"]] = str(message["text"])
        elif message["type"] == "error":
            raise BenchError(message["message"])

    transcriber = stream.live(
        str(uuid.uuid4()),
        publish,
        language=recording.language,
        listener=Listener(vad),
        recogniser=recogniser,
        endpoints=endpoints,
    )
    transcriber.clean(way.kind)
    try:
        sound = stream.with_tail(way.before(recording.sound))
        for frame in _frames(sound):
            transcriber.push(frame)
            await asyncio.sleep(0)
            while transcriber.is_cleaning or transcriber.behind_ms:  # noqa: ASYNC110
                await asyncio.sleep(_LOOK_SECONDS)
        transcriber.flush()
        if not await transcriber.drained(stream.DRAIN_SECONDS):
            raise BenchError(f"The last words of {recording.name} did not come.")
    finally:
        await transcriber.close()
    return " ".join(text for _, text in sorted(finals.items()))


def _frames(sound: Samples) -> list[Samples]:
    return [sound[at : at + stream.FRAME] for at in range(0, sound.size, stream.FRAME)]
