"""The page about the API, whose scripts come from this server alone."""

from playwright.sync_api import expect

from captions.models import Scope, User
from tests.clients.tokens import token_of
from tests.pages.conftest import NARROW, OpenPage


def test_operations_are_shown_and_can_be_tried(open_page: OpenPage, maren: User) -> None:
    token = token_of(maren, Scope.READ)
    page = open_page("/settings/tokens/", maren)
    page.get_by_role("link", name="What a program can do with a token").click()
    expect(page.get_by_role("heading", name="The API", exact=True)).to_be_visible()
    page.get_by_role("button", name="Authorize", exact=True).click()
    page.get_by_label("auth-bearer-value").first.fill(token)
    page.get_by_role("button", name="Apply credentials").first.click()
    page.get_by_role("button", name="Close", exact=True).click()
    page.locator("#operations-token-captions_api_urls_token button").first.click()
    page.get_by_role("button", name="Try it out").click()
    with page.expect_response("**/api/v1/token") as answer:
        page.get_by_role("button", name="Execute").click()
    assert answer.value.status == 200
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_only_for_somebody_who_is_logged_in(open_page: OpenPage, transactional_db: None) -> None:
    page = open_page("/api/docs/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
