"""Hears a whole recording through the live path, as fast as the machine can."""

import asyncio
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from ...core.cancellation import cancel_and_wait
from ...live.feed.stream import SoundStream
from ...protocol.messages import MessageError
from ...speech.ring import Samples
from ...speech.types import SAMPLES_PER_MS


async def heard(stream: SoundStream, sound: Iterator[Samples]) -> tuple[list[dict[str, Any]], int]:
    """The finals of the sound, and its length in milliseconds. `sound` is read in another thread.

    Raises what reading does, and MessageError where it was not heard to its end.
    """
    tasks = asyncio.create_task(_finals(stream)), asyncio.create_task(_push(stream, sound))
    try:
        finals, samples = await asyncio.gather(*tasks)
    finally:
        await cancel_and_wait(tasks)
    return finals, samples // SAMPLES_PER_MS


async def _push(stream: SoundStream, sound: Iterator[Samples]) -> int:
    """Returns the number of samples."""
    count = 0
    while (piece := await asyncio.to_thread(next, sound, None)) is not None:
        await stream.push(piece)
        count += piece.size
    await stream.end()
    return count


async def _finals(stream: SoundStream) -> list[dict[str, Any]]:
    finals = []
    async for event in stream:
        match event:
            case {"type": "final"}:
                finals.append(event)
            case {"type": "error", "code": "worker_lost"}:
                raise MessageError("unavailable", event["message"], retryable=True)
            case {"type": "media", "state": "ended", "reason": reason} if reason != "stopped":
                sentence = _("The file was not heard to its end. Try again.")
                raise MessageError("unavailable", sentence, retryable=True)
    return finals
