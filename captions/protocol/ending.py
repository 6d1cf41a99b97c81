"""Ends live sessions from outside the worker that holds them."""

from collections.abc import Iterable
from typing import Any

from .commands import Control, pack
from .registry import SharedRegistry


async def stop(sessions: Iterable[str], reason: str, layer: Any) -> list[str]:
    """Asks the audio workers that hold the sessions to end them; returns the sessions that are held.

    `layer` is the channel layer, and `reason` is sent to the pages. Raises redis.RedisError.
    """
    registry, held = SharedRegistry(), []
    for session in sessions:
        worker = await registry.holder(session)
        if worker is not None:
            await layer.send(worker, pack(Control(session, "stop", "", reason)))
            held.append(session)
    return held
