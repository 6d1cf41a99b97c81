"""Stores that stand still in mid-sentence: nothing is lost, and the sound goes on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from tests import settings as test_settings
from tests.e2e.conftest import Speaker, errors, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (test_settings.EMBEDDED_VALKEY_DIR and test_settings.EMBEDDED_POSTGRES_DIR),
        reason="Only stores of the tests' own can be frozen.",
    ),
]
# Longer than a worker may be silent, and than a database may take to answer.
FROZEN_SECONDS = 8


@contextmanager
def frozen(number_file: Path) -> Iterator[None]:
    main = psutil.Process(int(number_file.read_text().split()[0]))
    processes = [main, *main.children()]
    try:
        for process in processes:
            process.suspend()
        yield
    finally:
        for process in processes:
            process.resume()


def test_stores_stand_still(product: Product, maren: str, speaker: Speaker, model: str) -> None:
    """First Valkey, for longer than a worker may be silent, then PostgreSQL: every word is there, and in order."""
    assert test_settings.EMBEDDED_VALKEY_DIR
    assert test_settings.EMBEDDED_POSTGRES_DIR
    dictation = log_in(speaker("note-en-us"), product, maren)
    dictation.press("Start")
    dictation.expect_finals(1)
    with frozen(test_settings.EMBEDDED_VALKEY_DIR / "valkey.pid"):
        dictation.page.wait_for_timeout(FROZEN_SECONDS * 1000)
    expect(dictation.status).to_have_text("Listening")
    with frozen(test_settings.EMBEDDED_POSTGRES_DIR / "postmaster.pid"):
        dictation.page.wait_for_timeout(FROZEN_SECONDS * 1000)
    dictation.expect_said("document")
    expect(dictation.status).to_have_text("Listening")
    expect(dictation.log.locator(".missing, .waiting")).to_have_count(0)
    dictation.stop()
    text = " ".join(text for *_, text in product.finals(dictation.session))
    assert errors("note-en-us", text) <= allowed_errors("note-en-us", model), text
    assert dictation.text() == text
