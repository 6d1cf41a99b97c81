"""What people press and choose on a page before its scripts are there: refused in sight, or kept."""

import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from captions.models import Session, User
from tests.factories import make_ended_session
from tests.pages.conftest import SCRIPTED_SERVER, OpenPage

# Of these a press does something only once a module listens; links, forms and popovers work by themselves.
_DEAF = """() => [...document.querySelectorAll("button[type=button]:not([popovertarget]), [role=slider]")]
  .filter((each) => !each.disabled && each.ariaDisabled !== "true")
  .filter((each) => !each.hidden && (each.closest("[popover]") || each.checkVisibility()))
  .map((each) => each.id || each.textContent)"""


class EarlyPage:
    """A page whose modules have not come yet."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._held: list[Route] = []
        self._is_held = True
        page.route(re.compile(r"/static/(js|mfa|account)/.*\.js"), self._hold)

    def open(self, path: str) -> Page:
        self._is_held = True
        self.page.goto(path, wait_until="commit")
        expect(self.page.locator("h1")).to_have_count(1)
        expect(self.page.locator("script[type=module]").first).to_be_attached()
        return self.page

    def let_them_come(self) -> None:
        self._is_held = False
        held, self._held = self._held, []
        for route in held:
            route.continue_()
        self.page.wait_for_load_state()

    def _hold(self, route: Route) -> None:
        if self._is_held:
            self._held.append(route)
        else:
            route.continue_()


@pytest.fixture
def early(open_page: OpenPage, maren: User) -> Iterator[EarlyPage]:
    page = EarlyPage(open_page("/nothing/here/", maren, script=SCRIPTED_SERVER.read_text()))
    yield page
    page.let_them_come()


def deaf(page: Page) -> list[str]:
    found: list[str] = page.evaluate(_DEAF)
    return found


# In dialogs that a module opens.
_LATER = {"listening-cancel", "joining-copy", "joining-renew", "joining-remove", "joining-close"}


def test_no_button_of_a_script_can_be_pressed_before_it() -> None:
    pages = (settings.BASE_DIR / "templates").rglob("*.html")
    buttons = [button for page in pages for button in re.findall(r"<button[^>]* id=[^>]*>", page.read_text())]
    assert sum("data-security-key" in button for button in buttons) == 3
    for button in buttons:
        id_ = re.findall(r' id="([^"]+)"', button)[0]
        works = 'type="submit"' in button and "data-security-key" not in button
        assert works or id_ in _LATER or re.search(r" (hidden|disabled)\b", button), button


def test_a_dictation_page_is_pressed_and_filled_in_before_its_scripts_are_there(
    early: EarlyPage, maren: User
) -> None:
    page = early.open("/")
    start = page.get_by_role("button", name="Start", exact=True)
    expect(start).to_be_disabled()
    expect(page.locator("#state")).to_have_text("Loading")
    assert deaf(page) == []
    page.get_by_label("Title").fill("The night ferry")
    page.get_by_label("Language", exact=True).select_option("de")
    page.get_by_role("button", name="Maren").click()
    page.get_by_label("Announce new sentences to screen readers").set_checked(not maren.announce)
    page.keyboard.press("Escape")
    with page.expect_response("**/announce/"):
        early.let_them_come()
    maren.refresh_from_db()
    assert page.get_by_label("Announce new sentences").is_checked() == maren.announce
    expect(page.locator("#state")).to_have_text("Ready")
    start.click()
    expect(page.locator("#state")).to_have_text("Listening")
    session = Session.objects.get()
    assert (session.title, page.evaluate("server.heard[0].settings.language")) == ("The night ferry", "de")


def test_a_title_typed_before_the_scripts_are_there_is_saved(early: EarlyPage, maren: User) -> None:
    session = make_ended_session(maren, ["The night ferry leaves."], title="Ferry")
    page = early.open(f"/?session={session.pk}")
    assert deaf(page) == []
    page.get_by_label("Title").fill("Ferries")
    page.get_by_label("Title").blur()
    with page.expect_response("**/rename/"):
        early.let_them_come()
    session.refresh_from_db()
    assert session.title == "Ferries"


def test_the_library_waits_for_its_scripts_or_keeps_what_was_chosen(early: EarlyPage, maren: User) -> None:
    session = make_ended_session(maren, ["There was a piano on the ferry."], title="Piano")
    make_ended_session(maren, ["It is late."], title="Late")
    for path in (f"/sessions/{session.pk}/", "/sessions/?select=1"):
        page = early.open(path)
        assert deaf(page) == [], path
        early.let_them_come()

    page = early.open("/sessions/")
    assert deaf(page) == []
    page.get_by_label("Search everything you said").fill("piano")
    early.let_them_come()
    expect(page.locator(".session")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"\?q=piano$"))

    page = early.open(f"/sessions/{session.pk}/export/?format=txt")
    page.get_by_role("radio", name="SRT").check()
    early.let_them_come()
    expect(page.locator("#export-facts")).to_contain_text(".srt")
