"""One product for the whole folder, and browsers that speak into it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Playwright, expect, sync_playwright

from captions.livetest.wer import align, normalise
from tests.audio import load_pcm, load_reference, to_wav
from tests.browsers import launch
from tests.conftest import new_product_env
from tests.e2e.product import PASSWORD, Product


@pytest.fixture(scope="package")
def product(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("product")
    with (
        new_product_env(postgres_url, folder / "var", redis_db=2) as environment,
        Product(environment, folder) as made,
    ):
        yield made


@pytest.fixture(scope="package")
def maren(product: Product) -> str:
    return product.add_user("maren")


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    """Playwright for this folder only: while it runs, no other test could use an event loop."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def speaker(driver: Playwright, tmp_path: Path) -> Iterator[Callable[[str], Browser]]:
    """Starts browsers whose microphone plays a recording of `tests/data` once."""
    browsers: list[Browser] = []

    def start(recording: str) -> Browser:
        wav = to_wav(load_pcm(recording), tmp_path / f"{recording}-{len(browsers)}.wav")
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


class Dictation:
    """The dictation page as a person drives it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.log = page.get_by_role("log", name="Transcript")
        self.finals = self.log.locator("[data-seq]")
        self.tail = page.locator("[data-partial]")

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

    def expect_finals(self, count: int, seconds: float = 30) -> None:
        expect(self.finals).to_have_count(count, timeout=seconds * 1000)

    def text(self) -> str:
        return " ".join(self.log.locator("[data-text]").all_text_contents())

    def stop(self) -> None:
        self.press("Stop")
        expect(self.status).to_have_text("Saved", timeout=15_000)


def log_in(browser: Browser, product: Product, name: str) -> Dictation:
    context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Email or username").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(product.url + "/")
    return Dictation(page)


def errors(recording: str, text: str, upto: int | None = None) -> int:
    """Word errors of `text` against what is said in a recording, or in its first sentences."""
    said = " ".join(sentence.text for sentence in load_reference(recording).sentences[:upto])
    reference, heard = normalise(said), normalise(text)
    return sum(
        left is None or right is None or reference[left] != heard[right]
        for left, right in align(reference, heard)
    )
