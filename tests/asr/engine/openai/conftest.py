from collections.abc import Iterator

import pytest

from tests.asr.engine.openai.fake import FakeService, fake_service


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as service:
        yield service
