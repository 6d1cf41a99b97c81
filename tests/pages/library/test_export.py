"""The export in a real browser: beside the transcript, over it, and without scripts."""

import itertools
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from captions.models import Session, User
from tests.factories import make_ended_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, OpenPage
from tests.processes import until


@pytest.fixture
def ferry(maren: User) -> Session:
    texts = ["The last ferry left.", "I know about the piano.", "Nobody thought this strange."]
    at = datetime(2025, 11, 18, 9, tzinfo=UTC)
    return make_ended_session(maren, texts * 4, title="The night ferry", at=at, clock_ms=24_000)


def opened(page: Page) -> Page:
    page.get_by_role("link", name="Export").click()
    expect(page.locator(".export-preview")).to_contain_text("The last ferry left.")
    return page


def is_modal(page: Page) -> bool:
    return bool(page.locator("#export-panel").evaluate("each => each.matches(':modal')"))


def test_it_stands_beside_the_page_and_shows_what_the_choices_do(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = opened(open_page(ferry.get_absolute_url(), maren))
    panel = page.get_by_role("dialog", name="Export")
    assert not is_modal(page)
    expect(page.get_by_role("radio", name="Text")).to_be_focused()
    until(lambda: not page.evaluate("document.getAnimations().length"), "the panel to be in its place")
    # Each option has a place of its own.
    boxes = [
        each.bounding_box()
        for each in page.locator(".export-field label:visible, .export-field select:visible").all()
    ]
    for each, other in itertools.combinations(filter(None, boxes), 2):
        apart = each["x"] + each["width"] <= other["x"] or other["x"] + other["width"] <= each["x"]
        assert apart or each["y"] + each["height"] <= other["y"] or other["y"] + other["height"] <= each["y"]
    page.get_by_role("radio", name="SRT").check()
    expect(panel.get_by_role("status")).to_contain_text("2025-11-18-the-night-ferry.en.srt")
    expect(panel.get_by_role("status")).to_contain_text("12 subtitles, ")
    # Nothing of the page is covered, and it can be used.
    words, beside = page.locator("#rows").bounding_box(), panel.bounding_box()
    assert words
    assert beside
    assert words["x"] + words["width"] <= beside["x"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme

    # The transcript can be changed beside it: whoever comes back sees the file as it would be now.
    ferry.utterances.filter(seq=1).update(text="The first ferry left.", words=[])
    page.get_by_role("link", name="History", exact=True).focus()
    page.get_by_role("radio", name="SRT").focus()
    expect(page.locator(".export-preview")).to_contain_text("The first ferry left.")

    # Arrow keys move between formats, and only what matters to one is asked.
    page.keyboard.press("ArrowRight")
    expect(page.locator(".export-preview")).to_contain_text("WEBVTT")
    page.get_by_role("radio", name="Text").check()
    expect(page.get_by_label("Line length")).to_be_hidden()
    # As the page reads, until lines are chosen.
    page.get_by_role("checkbox", name="Paragraphs").uncheck()
    page.get_by_role("checkbox", name="Times").check()
    expect(page.locator(".export-preview")).to_contain_text("[00:00:02] I know about the piano.")
    expect(panel.get_by_role("status")).to_contain_text("52 words")
    expect(page.get_by_role("button", name="Download Text")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download Text").click()
    assert download.value.suggested_filename == "2025-11-18-the-night-ferry.en.txt"
    assert (
        download.value.path().read_text("utf-8").startswith("[00:00:00] The first ferry left.\n[00:00:02] I")
    )

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("link", name="Export")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Text")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Times")).to_be_checked()
    page.get_by_role("link", name="Close").click()
    expect(panel).to_be_hidden()


def test_what_is_wrong_is_said_before_anything_is_downloaded(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = opened(open_page(ferry.get_absolute_url(), maren))
    page.get_by_role("radio", name="SRT").check()
    length = page.get_by_label("Line length")
    length.fill("5")
    expect(page.get_by_role("alert")).to_have_text("A line can have 20 to 100 characters.")
    expect(length).to_have_attribute("aria-invalid", "true")
    expect(length).to_have_accessible_description("A line can have 20 to 100 characters.")
    page.get_by_role("button", name="Download SRT").click()
    expect(length).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("20")
    page.keyboard.press("Enter")
    expect(page.locator(".export-preview")).to_contain_text("I know about\nthe piano.")
    expect(length).not_to_have_attribute("aria-invalid", "true")
    page.context.set_offline(True)
    length.fill("30")
    expect(page.get_by_role("status").last).to_contain_text("The server cannot be reached.")


def test_a_narrow_screen_is_filled_by_it(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = opened(open_page(ferry.get_absolute_url(), maren, viewport=NARROW))
    assert is_modal(page)
    assert violations(page) == []
    panel = page.locator("#export-panel")
    assert panel.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
    button = page.get_by_role("button", name="Download Text")
    expect(button).to_be_in_viewport(ratio=1)
    page.get_by_label("JSON").check()
    expect(page.locator(".export-preview")).to_contain_text('"version": 1')
    # A window that is made wider has it beside the page, with what was chosen.
    page.set_viewport_size({"width": 1300, "height": 740})
    until(lambda: not is_modal(page), "the panel to stand beside the page")
    expect(page.get_by_label("JSON")).to_be_checked()
    page.set_viewport_size(NARROW)
    until(lambda: is_modal(page), "the panel to fill the screen")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(page.get_by_role("link", name="Export")).to_be_focused()


def test_without_scripts_it_is_a_page(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page(ferry.get_absolute_url(), maren, java_script_enabled=False, viewport=NARROW)
    page.get_by_role("link", name="Export").click()
    expect(page.get_by_role("heading", name="Export")).to_be_visible()
    page.get_by_role("radio", name="SRT").check()
    page.get_by_label("Line length").fill("20")
    page.get_by_role("button", name="Show preview").click()
    expect(page.locator(".export-preview")).to_contain_text("I know about\nthe piano.")
    page.get_by_label("WebVTT").check()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download WebVTT").click()
    assert "I know about\nthe piano." in download.value.path().read_text("utf-8")
    page.get_by_role("link", name="Close").click()
    expect(page.get_by_role("heading", name="The night ferry")).to_be_visible()
