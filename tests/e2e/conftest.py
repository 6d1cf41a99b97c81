"""A running installation for the tests of this folder, and browsers that dictate into it."""

import os
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, expect, sync_playwright

from captions.benchmarks.livetest.wer import align, normalise
from tests.browsers import launch
from tests.conftest import new_product_env
from tests.e2e.product import PASSWORD, Product
from tests.processes import free_port
from tests.real_model import real_model
from tests.speech_data import SAMPLE_RATE, load_pcm, load_reference, to_wav

Speaker = Callable[..., Browser]


@pytest.fixture(scope="package")
def model() -> str:
    """The folder of the model; E2E_MODEL names another one."""
    return os.environ.get("E2E_MODEL") or real_model("tiny.en")


@pytest.fixture(scope="package")
def product(postgres_url: str, tmp_path_factory: pytest.TempPathFactory, model: str) -> Iterator[Product]:
    """An installation for the whole folder, with a port for Vosk's clients."""
    folder = tmp_path_factory.mktemp("product")
    with new_product_env(postgres_url, folder / "var", redis_db=2) as environment:
        vosk = {"VOSK_PORT": str(free_port()), "VOSK_USER": "first"}
        with Product(environment | vosk, folder, model) as product:
            yield product


@pytest.fixture(scope="module")
def maren(product: Product) -> str:
    return product.add_user(f"maren-{uuid.uuid4().hex[:6]}")


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    """Playwright, for this folder only: while it runs, no other test can use an event loop."""
    with sync_playwright() as driver:
        yield driver


# Silence before the recording, until the page is listening, which takes a while on a busy machine.
SILENT_SECONDS = 6


@pytest.fixture
def speaker(driver: Playwright, tmp_path: Path) -> Iterator[Speaker]:
    """Starts browsers whose microphone plays recordings once, in order: names in `tests/data`, or paths."""
    browsers: list[Browser] = []

    def start(*recordings: str | Path) -> Browser:
        silence = np.zeros(SILENT_SECONDS * SAMPLE_RATE, np.int16)
        sound = np.concatenate([silence, *(load_pcm(recording) for recording in recordings)])
        wav = to_wav(sound, tmp_path / f"{len(browsers)}.wav")
        browser = launch(
            driver,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-audio-capture={wav}%noloop",
        )
        browsers.append(browser)
        return browser

    yield start
    for browser in browsers:
        browser.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Adds to the report of a failure what the product has logged meanwhile."""
    outcome: Any = yield
    report = outcome.get_result()
    product = getattr(item, "funcargs", {}).get("product")
    if report.when == "call" and report.failed and isinstance(product, Product):
        report.sections.append(("What the product has logged", product.logged_since(report.start)))


class Dictation:
    """The dictation page, operated as a user does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.log = page.get_by_role("log", name="Transcript")
        self.finals = self.log.locator("[data-seq]")
        self.tail = page.locator("#tail")

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    @property
    def status(self) -> Locator:
        return self.page.locator("#state")

    @property
    def session(self) -> str:
        match = re.search("session=([0-9a-f-]{36})", self.page.url)
        assert match, self.page.url
        return match[1]

    def expect_finals(self, count: int, seconds: float = 60) -> None:
        # Attached is enough, since two rows may arrive at once.
        expect(self.finals.nth(count - 1)).to_be_attached(timeout=seconds * 1000)

    def expect_said(self, word: str, seconds: float = 90) -> None:
        """Waits for a row with the word; how many rows precede it depends on where the model ends sentences."""
        expect(self.log).to_contain_text(word, timeout=seconds * 1000)

    def text(self) -> str:
        return " ".join(self.log.locator("[data-text]").all_text_contents())

    def rows(self) -> list[str]:
        """The visible text of each row."""
        return [text for text in self.log.locator("[data-text]").all_text_contents() if text]

    def stop(self) -> None:
        self.press("Stop")
        expect(self.status).to_have_text("Saved")


def log_in(browser: Browser, product: Product, name: str, **device: Any) -> Dictation:
    # A line that moves twenty times a second takes more of the processor than the dictation.
    still = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"}
    context = browser.new_context(base_url=product.url, **{**still, **device})
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email or username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(product.url + "/")
    return Dictation(page)


def errors(recording: str | Path, text: str, upto: int | None = None) -> int:
    """The number of word errors of `text` against the reference of a recording, or its first `upto` sentences."""
    said = " ".join(sentence.text for sentence in load_reference(recording).sentences[:upto])
    reference, heard = normalise(said), normalise(text)
    return sum(
        left is None or right is None or reference[left] != heard[right]
        for left, right in align(reference, heard)
    )
