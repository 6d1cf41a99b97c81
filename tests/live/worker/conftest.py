from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from .scene import Scene


@pytest.fixture
async def scene() -> AsyncIterator[Callable[..., Scene]]:
    """Makes scenes."""
    scenes: list[Scene] = []

    def make(*arguments: Any, **options: Any) -> Scene:
        scenes.append(Scene(*arguments, **options))
        return scenes[-1]

    yield make
    for made in scenes:
        await made.transcriber.close()
