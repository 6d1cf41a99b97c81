"""Which road the sound takes at Start: over WebRTC, or over a WebSocket where that did not get through before."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import arrange, start, until_said
from tests.processes import until

OVER_SOCKET = "The sound goes over the web connection."
BLOCKED = "localStorage.getItem('whisperstream.webrtc-blocked')"


@pytest.fixture
def page(dictation: Callable[..., Page]) -> Page:
    page = dictation()
    page.evaluate("server.ready.roads = ['webrtc', 'websocket']")
    return page


def expect_over_socket(page: Page, is_wanted: bool) -> None:
    expect(page.locator("#status")).to_have_attribute("title", OVER_SOCKET if is_wanted else "")


def test_that_webrtc_does_not_get_through_is_remembered(page: Page) -> None:
    arrange(page, answers=False)
    start(page)
    expect_over_socket(page, True)
    until_said(page, ["offer", "open"])
    assert page.evaluate(f"Math.abs(Date.now() - Number({BLOCKED}))") < 60_000


def test_where_webrtc_did_not_get_through_a_websocket_carries_at_once_and_webrtc_is_tried_beside_it(
    page: Page,
) -> None:
    page.evaluate("localStorage.setItem('whisperstream.webrtc-blocked', Date.now())")
    arrange(page, answers=False)
    start(page)
    until_said(page, ["open", "offer"])
    expect_over_socket(page, True)
    page.evaluate("server.answer(server.heard.findLast(each => each.type === 'offer'))")
    expect_over_socket(page, False)
    expect(page.locator("#state")).to_have_text("Listening")
    until(lambda: page.evaluate(BLOCKED) is None, "it is forgotten")


def test_a_day_later_webrtc_goes_first_again(page: Page) -> None:
    page.evaluate("localStorage.setItem('whisperstream.webrtc-blocked', Date.now() - 90_000_000)")
    start(page)
    until_said(page, ["offer"])
    until(lambda: page.evaluate(BLOCKED) is None, "it is forgotten")
