import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from captions.models import CaptionOutput, Session
from captions.outputs.adding import add
from captions.outputs.addresses import read
from tests.factories import make_session
from tests.outputs.fake import FakeService, fake_service

LOCAL = ["127.0.0.1"]


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as service:
        yield service


@pytest.fixture
def session(transactional_db: None) -> Session:
    return running_session(clock_at=timezone.now())


@pytest.fixture
def output(session: Session, service: FakeService) -> CaptionOutput:
    return add_output(session, service.url)


def running_session(**fields: Any) -> Session:
    """A dictation that has begun."""
    return make_session(gen=1, **fields)


async def recorded(output: CaptionOutput, number: int) -> None:
    """Waits until it is written down that the post with this number was taken."""
    async with asyncio.timeout(60):
        while output.next_number != number + 1:
            await asyncio.sleep(0.01)
            await output.arefresh_from_db()


def add_output(session: Session, url: str) -> CaptionOutput:
    return add(session, read(url, LOCAL))
