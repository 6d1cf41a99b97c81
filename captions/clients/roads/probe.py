"""Looks at a file in a process of its own, and reads its sound if there is little of it."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic

import numpy as np
from django.conf import settings

from ...asr.offline.bounded import BoundedSound
from ...asr.offline.decoder import DecodeRequest
from ...asr.offline.media_error import MediaError
from ...core.interface_language import translated
from ...speech.ring import Samples
from ...tokens.admission import Refusal

# Each has a process that may take a processor and much memory.
_AT_ONCE = 4
# Little sound is read in a moment; a file that takes so long is made to.
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """The sound of a file: `seconds` of it, 0 if unknown. `samples` is None if there is more than was wanted."""

    seconds: float
    samples: Samples | None = None


async def probe(path: Path, name: str, most_seconds: float) -> Sound:
    """The sound of the file at `path`, at most so many seconds of it. Raises Refusal if there is none."""
    stopped = threading.Event()
    loop = asyncio.get_running_loop()
    try:
        return await loop.run_in_executor(_threads(), _read, path, name, most_seconds, stopped)
    except MediaError as error:
        raise not_decodable(translated(error.text, error.values)) from error
    finally:
        stopped.set()


def not_decodable(sentence: str) -> Refusal:
    """Says that it is the file that cannot be used."""
    return Refusal(400, "not_decodable", sentence, param="file")


def _read(path: Path, name: str, most_seconds: float, stopped: threading.Event) -> Sound:
    """Raises MediaError."""
    if stopped.is_set():
        return Sound(0)
    until = monotonic() + _PATIENCE_SECONDS
    pieces: list[Samples] = []
    request = DecodeRequest(os.fsencode(path), name, settings.LIMIT_UPLOAD_SECONDS)
    with BoundedSound(request) as media:
        seconds = media.about.seconds or 0.0
        if seconds > most_seconds:
            return Sound(seconds)
        for piece in media.sound():
            if media.position > most_seconds or stopped.is_set() or monotonic() > until:
                return Sound(seconds)
            pieces.append(np.zeros(piece, np.int16) if isinstance(piece, int) else piece)
        return Sound(media.position, np.concatenate(pieces) if pieces else np.zeros(0, np.int16))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_AT_ONCE, "probe")
