from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.summaries.fake import FakeService, fake_service


@pytest.fixture
def service(settings: Settings) -> Iterator[FakeService]:
    """The service that the settings name."""
    with fake_service() as service:
        settings.LLM_BASE_URL = service.url
        settings.LLM_MODEL = "small-model"
        settings.LLM_API_KEY = "sk-hidden"
        yield service
