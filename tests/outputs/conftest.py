from collections.abc import Iterator
from typing import Any

import pytest

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


def running_session(**fields: Any) -> Session:
    """A dictation that has begun."""
    return make_session(gen=1, **fields)


def add_output(session: Session, url: str) -> CaptionOutput:
    return add(session, read(url, LOCAL))
