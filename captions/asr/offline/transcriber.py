"""The process that listens to a file: the speech model, and the voice detector. Nothing here needs Django.

Run as `python -m captions.asr.offline.transcriber`; the wish is a `OfflineJob`. It ends with DONE, UNHEARD or FAILED.
"""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from ...speech.endpointing import EndpointSettings
from ...speech.passage import Passage
from ...speech.types import Word
from ...speech.vad import VadError, VadModel
from ..engine.base import EngineError, Wanted
from .batched import BATCH, transcribe
from .bounded import BoundedSound
from .decoder import DecodeRequest
from .frames import Frame, Parent
from .media_error import MediaError

LENGTH, HEARD, PASSAGE, MISSING, DONE, UNHEARD, FAILED = b"L", b"H", b"P", b"M", b"D", b"U", b"F"
"""Kinds of frames: so many milliseconds the file says it lasts (0: it does not say) · everything is decoded up to this
millisecond · a passage as JSON · so many milliseconds could not be read · the sound is over after so many
milliseconds · a MediaError · what is wrong with the model, as JSON."""

# Those who speak now go first.
_NICENESS = 10


@dataclass(frozen=True, slots=True)
class OfflineJob:
    """A file, and how it is to be listened to; as for `LocalWhisper` where nothing else is said."""

    file: DecodeRequest
    model: Wanted
    endpoints: EndpointSettings
    language: str = ""
    hotwords: tuple[str, ...] = ()
    compute_type: str = ""
    cpu_threads: int = 0
    batch: int = BATCH

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "OfflineJob":
        data: dict[str, Any] = json.loads(text)
        return cls(
            **data
            | {
                "file": DecodeRequest(**data["file"]),
                "model": Wanted(**data["model"]),
                "endpoints": EndpointSettings(**data["endpoints"]),
                "hotwords": tuple(data["hotwords"]),
            }
        )


def main(parent: Parent) -> None:
    with suppress(OSError):
        os.nice(_NICENESS)
    job = OfflineJob.from_json(parent.wish)
    try:
        _work(job, parent)
    except MediaError as error:
        parent.send(Frame(UNHEARD, 0, error.pack()))
    except EngineError as error:
        parent.send(_failure(str(error), retryable=error.retryable))
    except VadError as error:
        parent.send(_failure(str(error), retryable=False))


def _work(job: OfflineJob, parent: Parent) -> None:
    """Raises MediaError, EngineError, VadError."""
    with BoundedSound(job.file) as media:
        parent.send(Frame(LENGTH, round((media.seconds or 0) * 1000)))
        # Only now: these load the inference library, and most files that cannot be read show it at once.
        from ..engine.local_whisper import LocalWhisper
        from ..engine.model_files import locate

        located = locate(job.model)
        engine = LocalWhisper(
            located.path,
            name=located.name,
            device=job.model.device,
            compute_type=job.compute_type,
            cpu_threads=job.cpu_threads,
        )
        if job.language:
            engine.known_language(job.language)
        passages = transcribe(
            media.sound(),
            engine,
            VadModel(),
            job.endpoints,
            language=job.language,
            hotwords=job.hotwords,
            batch=job.batch,
            heard=lambda ms: parent.send(Frame(HEARD, ms)),
        )
        for passage in passages:
            parent.send(Frame(PASSAGE, 0, pack_passage(passage)))
        parent.send(Frame(MISSING, round(media.missing * 1000)))
        parent.send(Frame(DONE, round(media.position * 1000)))


def pack_passage(passage: Passage) -> bytes:
    return json.dumps(asdict(passage)).encode()


def passage_of(body: bytes) -> Passage:
    data: dict[str, Any] = json.loads(body)
    return Passage(**data | {"words": tuple(Word(**word) for word in data["words"])})


def _failure(message: str, *, retryable: bool) -> Frame:
    return Frame(FAILED, 0, json.dumps({"message": message, "retryable": retryable}).encode())


if __name__ == "__main__":
    main(Parent())
