"""The captions of a real dictation, sent to a service that is ours, through a kill of the process that sends them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Speaker, log_in
from tests.e2e.product import Product
from tests.outputs.fake import FakeService, fake_service
from tests.processes import until

pytestmark = pytest.mark.browser


@pytest.fixture
def service() -> Iterator[FakeService]:
    with fake_service() as service:
        yield service


@pytest.fixture
def outputs(product: Product) -> Iterator[None]:
    product.start("outputs")
    yield
    product.stop("outputs")


def test_a_dictation_is_captioned_elsewhere(
    product: Product, maren: str, speaker: Speaker, service: FakeService, outputs: None
) -> None:
    dictation = log_in(speaker("note-en-us", "note-f2", "fast-m3"), product, maren)
    dictation.press("Start")
    expect(dictation.status).to_have_text("Listening")
    dictation.page.locator("[popovertarget=menu]:visible").click()
    with dictation.page.expect_popup() as opened:
        dictation.page.get_by_role("link", name="Captions for YouTube or Zoom").click()
    tab = opened.value
    tab.get_by_label("Address for captions").fill(service.url)
    tab.get_by_role("button", name="Send captions there").click()
    expect(tab.get_by_text("Connected. Waiting for the first sentence.")).to_be_visible(timeout=30_000)
    expect(tab.get_by_text("Working. The last words were sent at ")).to_be_visible(timeout=60_000)
    product.kill("outputs")
    count = len(product.finals(dictation.session))
    until(lambda: len(product.finals(dictation.session)) > count, "a sentence is saved meanwhile")
    product.start("outputs")
    dictation.expect_finals(count + 3, 90)
    dictation.stop()
    finals = product.finals(dictation.session)
    until(lambda: finals[-1][3].endswith(service.texts[-1].rpartition("<br>")[2]), "the last words")
    assert product.stop("outputs") == 0
    product.start("outputs")
    posts = {post.number: post.text.replace("<br>", " ") for post in service.posts}
    assert " ".join(posts.values()) == " ".join(text for *_, text in sorted(finals))
    assert len(service.posts) - len(posts) <= 1, "one post at most is repeated, under its number"
    numbers = {asked.number for asked in service.asked}
    assert numbers == set(range(1, len(numbers) + 1))
    log = (product.logs / "outputs.log").read_text()
    assert "secret-cid" not in log
    assert finals[0][3] not in log
    assert "Traceback" not in log, log
    assert dictation.complaints == []
