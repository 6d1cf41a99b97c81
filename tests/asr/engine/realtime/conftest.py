from collections.abc import Iterator

import pytest

from tests.asr.engine.realtime.fake import FakeRealtime, fake_realtime


@pytest.fixture
def service() -> Iterator[FakeRealtime]:
    with fake_realtime() as service:
        yield service
