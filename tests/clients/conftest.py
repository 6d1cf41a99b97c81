from collections.abc import AsyncIterator

import pytest

from tests.live.playing import PlayedWorker


@pytest.fixture
async def worker() -> AsyncIterator[PlayedWorker]:
    """An audio worker that takes every offer."""
    played = PlayedWorker()
    yield played
    await played.close()
