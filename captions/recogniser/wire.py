"""How the audio worker and its recogniser process talk: frames of a JSON header and raw bytes, over a socket pair.

The worker sends `{"type": "load", …}` once, then `{"type": "decode", …}` with int16 samples as the bytes, one at a
time, or `{"type": "rehearse", …}` to have one timed. The process answers with any number of `loading`, then `ready` or
`failed`, then a `result` (`rehearsed`) or an `error` for each. It exits when the socket closes.
"""

import asyncio
import json
import struct
from dataclasses import asdict
from typing import Any, BinaryIO

import numpy as np

from ..engines.base import Audio, Task
from ..speech.types import Hypothesis, Word

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


def pack_task(task: Task) -> Header:
    return {"type": "decode", **asdict(task)}


def task_of(header: Header) -> Task:
    return Task(
        header["kind"],
        header["language"],
        header["prompt"],
        header["speculative"],
        tuple(header["hotwords"]),
        header["prefix"],
    )


def audio_of(body: bytes) -> Audio:
    """Float samples in -1…1 of int16 ones."""
    return np.frombuffer(body, np.int16).astype(np.float32) / np.float32(32768)


def pack_result(hypothesis: Hypothesis, seconds: float, rss_mb: int) -> Header:
    return {"type": "result", "hypothesis": asdict(hypothesis), "seconds": seconds, "rss_mb": rss_mb}


def hypothesis_of(header: Header) -> Hypothesis:
    fields = header["hypothesis"]
    return Hypothesis(**{**fields, "words": tuple(Word(**word) for word in fields["words"])})
