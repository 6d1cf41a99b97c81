"""Somebody dictates on a phone without a connection, comes back, and finds what they said.

OFFLINE_SPEECH names other recordings to be spoken, with commas between them: paths, or names in `tests/data`.
"""

import os
import re

import pytest
from playwright.sync_api import Playwright, expect

from captions.benchmarks.livetest.wer import wer
from tests.e2e.conftest import SILENT_SECONDS, Speaker, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.pages.dictation.test_offline import KEPT
from tests.pages.dictation.test_tape import BLOCKS
from tests.processes import until
from tests.speech_data import load_reference

pytestmark = pytest.mark.browser

SPOKEN = os.environ.get("OFFLINE_SPEECH", "note-en-us").split(",")


def test_what_a_phone_records_offline_is_found_later(
    product: Product, maren: str, speaker: Speaker, driver: Playwright, model: str
) -> None:
    phone = driver.devices["Pixel 7"]
    dictation = log_in(speaker(*SPOKEN), product, maren, **phone)
    page = dictation.page
    until(lambda: "/offline/" in page.evaluate(KEPT), "the page is kept")
    product.stop("web")
    try:
        page.goto("/")
        dictation.press("Start")
        expect(page.locator("#detail")).to_have_text(re.compile("^Recording on this device, "))
        until(lambda: page.evaluate(BLOCKS), "it is recorded")
        spoken_ms = sum(load_reference(name).duration_ms for name in SPOKEN) + (SILENT_SECONDS + 2) * 1000
        until(lambda: page.evaluate(BLOCKS)[-1][1] > spoken_ms, "all is said", 900)
        dictation.press("Stop")
        expect(page.locator("#outage")).to_contain_text("was recorded on this device.")
    finally:
        product.start("web")
    transcript = page.locator("#outage").get_by_role("link", name="Open transcript")
    expect(transcript).to_be_visible(timeout=180_000)
    transcript.click()
    page.wait_for_url("**/sessions/*/")
    session = page.url.rstrip("/").rpartition("/")[2]
    until(lambda: product.is_written(session), "its words are written", 180)
    text = " ".join(words for *_, words in product.finals(session))
    heard = wer([load_reference(name).text for name in SPOKEN], text)
    print(f"{heard.errors} of {heard.words} words differ from what was said.")
    assert heard.errors <= sum(allowed_errors(name, model) for name in SPOKEN), text
    word = max(re.findall(r"[a-z]{6,}", text), key=len)
    page.goto(f"/sessions/?q={word}")
    expect(page.locator(f'a[href*="{session}"]').first).to_be_visible()
