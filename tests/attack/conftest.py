import logging
from collections.abc import Iterator

import pytest
from pytest_django.fixtures import Settings

from tests.attack.things import SECRET

SDP_SAID = "Dx3KSECRETUFRAG"
"""Stands in each SDP that an attacker sends."""


class _Lines(logging.Handler):
    def __init__(self, failures: list[str]) -> None:
        super().__init__(logging.INFO)
        # As the product writes them.
        self.setFormatter(logging.getLogger().handlers[0].formatter)
        self.said: list[str] = []
        self.failures = failures

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        self.said.append(line)
        if record.levelno >= logging.ERROR or record.exc_info:
            self.failures.append(line)


@pytest.fixture(autouse=True)
def _a_language_model(settings: Settings) -> None:
    """Without one, the addresses of summaries do nothing."""
    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:9/v1", "none"


@pytest.fixture
def failures() -> list[str]:
    """The errors in the log of a test with `quiet_log`, which fails of them."""
    return []


@pytest.fixture
def quiet_log(failures: list[str]) -> Iterator[None]:
    """Nothing failed at which the product has to be mended, and nothing private was written down."""
    lines, root = _Lines(failures), logging.getLogger()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    yield
    root.setLevel(level)
    root.removeHandler(lines)
    assert not failures, failures[0][:4_000]
    for private in (SECRET, "pelican", SDP_SAID):
        assert not [line for line in lines.said if private in line]
