"""An audience reads what somebody dictates, in a browser that knows no account."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Dictation, Speaker, log_in
from tests.e2e.product import Product
from tests.processes import until

pytestmark = pytest.mark.browser


def make_link(dictation: Dictation, product: Product) -> str:
    """Makes a share link of what is being dictated, in a second window."""
    page = dictation.page.context.new_page()
    page.goto(f"{product.url}/captions/running/")
    page.get_by_role("button", name="Make a link").click()
    return page.locator("#link").inner_text()


def shown(page: Page) -> list[str]:
    return page.locator("#finals p").all_inner_texts()


def test_nothing_is_lost_or_doubled_when_the_web_process_is_killed(
    product: Product, maren: str, speaker: Speaker
) -> None:
    browser = speaker("note-en-us")
    dictation = log_in(browser, product, maren)
    dictation.press("Start")
    dictation.expect_finals(1)
    audience = browser.new_context().new_page()
    audience.goto(make_link(dictation, product))
    expect(audience.get_by_role("status")).to_have_text("Live now")
    expect(audience.locator("#partials p")).not_to_have_count(0)
    before = len(product.finals(dictation.session))
    product.kill("web")
    expect(audience.get_by_role("status")).to_contain_text("Connecting again")
    until(lambda: len(product.finals(dictation.session)) > before, "a sentence is saved meanwhile")
    product.start("web")
    dictation.expect_said("document")
    dictation.stop()
    expect(audience.get_by_role("status")).to_have_text("The captions have ended.")
    assert shown(audience) == [text for *_, text in product.finals(dictation.session)]
    expect(audience.locator("#partials p")).to_have_count(0)
