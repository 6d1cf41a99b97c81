"""How the audio worker and its recogniser process talk: frames of a JSON header and raw bytes, over a socket pair.

The worker sends `{"type": "load", …}` once, and the process answers with any number of `loading`, then `ready` or
`failed`. Then the worker asks, each time under an `id` of its own, which the reply repeats; several may be open.
`{"type": "decode", "task": …}` has the int16 samples as its bytes and is answered with `decoded`; `{"type": "rehearse",
…}`, to have a decode timed, with `rehearsed`; either with `failed`. The process exits when the socket closes.
"""

import asyncio
import json
import struct
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from ...speech.types import Hypothesis, Word
from ..engine.base import Audio, EngineError, Request, Task

_SIZES = struct.Struct(">II")

Header = dict[str, Any]


def pack(header: Header, body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return _SIZES.pack(len(text), len(body)) + text + body


async def receive(reader: asyncio.StreamReader) -> Header | None:
    """The next header, its bytes thrown away; None when the other end is gone."""
    try:
        head, body = _SIZES.unpack(await reader.readexactly(_SIZES.size))
        frame = await reader.readexactly(head + body)
    except (asyncio.IncompleteReadError, OSError):
        return None
    header: Header = json.loads(frame[:head])
    return header


def receive_blocking(file: BinaryIO) -> tuple[Header, bytes] | None:
    """The next frame; None when the other end is gone."""
    try:
        sizes = file.read(_SIZES.size)
        if len(sizes) < _SIZES.size:
            return None
        head, body = _SIZES.unpack(sizes)
        frame = file.read(head + body)
    except OSError:
        return None
    if len(frame) < head + body:
        return None
    return json.loads(frame[:head]), frame[head:]


def pack_task(task: Task, samples: bytes) -> tuple[Header, bytes]:
    """A question and its bytes; `samples` are int16."""
    return {"type": "decode", "task": asdict(task)}, samples


def request_of(header: Header, body: bytes) -> Request:
    fields = header["task"]
    lists = {name: tuple(fields[name]) for name in ("hotwords", "likely")}
    return Request(audio_of(body), Task(**{**fields, **lists}))


def audio_of(body: bytes) -> Audio:
    """Float samples in -1…1 of int16 ones."""
    return np.frombuffer(body, np.int16).astype(np.float32) / np.float32(32768)


def pack_result(result: Hypothesis) -> Header:
    return {"type": "decoded", "hypothesis": asdict(result)}


def pack_failure(error: EngineError) -> Header:
    return {"type": "failed", "message": str(error), "retryable": error.retryable}


def result_of(header: Header) -> Hypothesis | EngineError:
    if "hypothesis" not in header:
        return EngineError(header["message"], retryable=header["retryable"])
    fields = header["hypothesis"]
    return Hypothesis(**{**fields, "words": tuple(Word(**word) for word in fields["words"])})
