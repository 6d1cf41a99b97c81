"""The dictation page without a mouse."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from captions.models import Session
from tests.pages.conftest import said, start

Dictation = Callable[..., Page]

_FOCUSED = """() => {
  const each = document.activeElement;
  const name = each.labels?.[0]?.textContent ?? each.textContent;
  return [name.trim(), getComputedStyle(each).outlineStyle, parseFloat(getComputedStyle(each).outlineWidth)];
}"""


def test_tab_reaches_everything_in_order_and_shows_where_it_is(dictation: Dictation) -> None:
    page = dictation()
    expect(page.locator("#checks")).to_contain_text("Ready.")
    expected = [
        "Skip to content",
        "WhisperStream",
        "Dictate",
        "History",
        "Maren",
        "Title",
        "Don't save the recording",
        "Also record a tab or this computer",
        "Edit vocabulary",
        "Start",
        "Microphone",
        "Language",
    ]
    for name in expected:
        page.keyboard.press("Tab")
        focused, style, width = page.evaluate(_FOCUSED)
        assert focused == name
        assert (style, width) == ("solid", 3), name
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#state")).to_have_text("Listening")
    # The button that was pressed is gone: its successor has the focus.
    expect(page.get_by_role("button", name="Pause")).to_be_focused()


def test_shortcuts(dictation: Dictation) -> None:
    page = dictation()
    page.keyboard.press("Control+Enter")
    state = page.locator("#state")
    expect(state).to_have_text("Listening")
    page.keyboard.press("Control+Enter")
    expect(state).to_have_text("Paused")
    page.keyboard.press("Control+Enter")
    expect(state).to_have_text("Listening")
    page.keyboard.press("Control+Shift+Enter")
    expect(state).to_have_text("Saved")
    assert said(page) == ["offer", "pause", "resume", "stop"]


def test_no_single_letter_does_anything(dictation: Dictation) -> None:
    page = dictation()
    start(page)
    for key in "abcdefghijklmnopqrstuvwxyz?/":
        page.keyboard.press(key)
    expect(page.locator("#state")).to_have_text("Listening")
    assert said(page) == ["offer"]


def test_the_menu_opens_and_closes_and_gives_the_focus_back(dictation: Dictation) -> None:
    page = dictation()
    name = page.get_by_role("button", name="Maren")
    name.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Announce new sentences to screen readers")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    expect(name).to_be_focused()


def test_the_title_is_saved_when_it_is_left(dictation: Dictation) -> None:
    page = dictation()
    title = page.get_by_label("Title")
    title.fill("The night ferry")
    start(page)
    assert Session.objects.get().title == "The night ferry"
    title.fill("The night ferry, second draft")
    with page.expect_response("**/rename/"):
        page.keyboard.press("Enter")
    assert Session.objects.get().title == "The night ferry, second draft"
    expect(title).not_to_be_focused()
    title.fill("No")
    page.keyboard.press("Escape")
    expect(title).to_have_value("The night ferry, second draft")


def test_a_narrow_page_keeps_everything_within_reach(dictation: Dictation) -> None:
    page = dictation(viewport={"width": 360, "height": 740})
    page.get_by_role("button", name="Menu").click()
    page.get_by_label("Language", exact=True).select_option("de")
    page.keyboard.press("Escape")
    start(page)
    assert page.evaluate("server.heard[0].settings.language") == "de"
    for name in ("Pause", "Stop"):
        box = page.get_by_role("button", name=name).bounding_box()
        assert box
        assert box["height"] >= 56
        assert box["y"] + box["height"] <= 740
