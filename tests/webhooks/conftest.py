from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.webhooks.receiver import Receiver, receiving


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A receiver in this process, to which this server may send."""
    settings.WEBHOOKS_PRIVATE = True
    with receiving() as receiver:
        yield receiver
