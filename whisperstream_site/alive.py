"""A sign of life of roles that have no port: they touch ALIVE_FILE, which `health` looks at."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings

_SECONDS = 5.0


def touch() -> None:
    if settings.ALIVE_FILE:
        # A full disk is no reason to end.
        with suppress(OSError):
            Path(settings.ALIVE_FILE).touch()


async def keep(can_work: Callable[[], bool] = lambda: True) -> None:
    """Touches the file again and again, from the event loop whose life it shows, while the role can work."""
    while True:
        if can_work():
            touch()
        await asyncio.sleep(_SECONDS)
