"""Pages of others in Chromium, with a microphone that plays a recording."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Page, Playwright, expect, sync_playwright

from tests.interop.browsing import PAGES, serving_pages, speaking
from tests.interop.deepgram import text_of as deepgram_text_of
from tests.interop.history import History
from tests.interop.product import Product
from tests.interop.realtime import assert_in_order, text_of
from tests.interop.recordings import Recording
from tests.processes import until

SECONDS = 90


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with serving_pages() as address:
        yield address


@pytest.fixture
def page(driver: Playwright, said: Recording, tmp_path: Path) -> Iterator[Page]:
    """A page in a browser that speaks."""
    browser = speaking(driver, said, tmp_path)
    yield browser.new_page()
    browser.close()


@pytest.mark.door("GET /ping")
def test_the_first_design(
    page: Page, product: Product, token: str, history: History, said: Recording
) -> None:
    before = history.ids()
    # The page of the first designs came from the program itself.
    address = f"{product.url}/first_design.html"
    page.route(f"{address}*", lambda route: route.fulfill(path=PAGES / "first_design.html"))
    page.goto(f"{address}?{urlencode({'token': token})}")
    expect(page).to_have_title("connected", timeout=30_000)
    session = history.new_since(before)
    last = said.text.split()[-1].strip(".")
    expect(page.locator("#text")).to_contain_text(last, timeout=SECONDS * 1000)
    said.assert_heard_as(page.locator("#text").inner_text())
    said.assert_heard_as(history.text(session))


@pytest.mark.door("POST /v1/realtime/calls")
def test_agents_realtime(
    page: Page, pages: str, product: Product, token: str, history: History, said: Recording
) -> None:
    session = {"session": {"type": "realtime", "model": "gpt-realtime"}}
    secret = _secret(product, token, session)
    page.goto(f"{pages}/agents.html?{urlencode({'server': product.url, 'secret': secret})}")
    expect(page).to_have_title("connected", timeout=30_000)
    last = said.text.split()[-1].strip(".").lower()
    until(lambda: last in page.evaluate("window.said").lower(), "the last word of the recording", SECONDS)
    page.evaluate("window.end()")
    said.assert_heard_as(page.evaluate("window.said"))
    events = page.evaluate("window.events")
    assert_in_order(events, is_live=True)
    said.assert_heard_as(text_of(events))
    assert page.evaluate("window.errors") == []


def _secret(product: Product, token: str, session: Any) -> str:
    response = httpx.post(
        f"{product.url}/v1/realtime/client_secrets",
        headers={"Authorization": f"Bearer {token}"},
        json=session,
        trust_env=False,
    )
    assert response.is_success, response.text
    return str(response.json()["value"])


@pytest.mark.door("WS /v1/listen?model=nova-3&encoding=linear16&sample_rate=16000")
def test_media_recorder_through_deepgrams_socket(
    page: Page, pages: str, product: Product, token: str, said: Recording
) -> None:
    page.goto(f"{pages}/recorder.html?{urlencode({'server': product.socket_url, 'token': token})}")
    expect(page).to_have_title("open: token", timeout=30_000)
    page.wait_for_timeout((said.seconds + 2) * 1000)
    page.evaluate("window.end()")
    expect(page).to_have_title("closed: 1000", timeout=SECONDS * 1000)
    messages = page.evaluate("window.messages")
    assert messages[-1]["type"] == "Metadata"
    said.assert_heard_as(deepgram_text_of(messages))


@pytest.mark.door("WS /v1/realtime?intent=transcription")
def test_a_key_as_a_subprotocol(page: Page, pages: str, product: Product, token: str) -> None:
    page.goto(f"{pages}/recorder.html?server=ws://127.0.0.1:9&token=none")
    first = _first_event(page, product, token)
    assert (first["protocol"], first["event"]["type"]) == ("realtime", "session.created")


@pytest.mark.door("WS /v1/realtime?intent=transcription")
def test_a_wrong_key_as_a_subprotocol_is_told(page: Page, pages: str, product: Product, token: str) -> None:
    page.goto(f"{pages}/recorder.html?server=ws://127.0.0.1:9&token=none")
    first = _first_event(page, product, "wsp_wrong")
    assert first["event"]["error"]["code"] == "invalid_api_key"
    assert first["code"] == 4401


def _first_event(page: Page, product: Product, key: str) -> Any:
    """The first event of a socket that a page opens with its key as a subprotocol, and how that is closed."""
    url = json.dumps(f"{product.socket_url}/v1/realtime?intent=transcription")
    protocols = json.dumps(["realtime", f"openai-insecure-api-key.{key}"])
    return page.evaluate(
        f"""() => new Promise((resolve) => {{
          const socket = new WebSocket({url}, {protocols});
          const told = {{}};
          socket.onmessage = ({{ data }}) => {{
            told.event ??= JSON.parse(data);
            told.protocol = socket.protocol;
            if (told.event.type !== "error") resolve(told);
          }};
          socket.onclose = ({{ code }}) => resolve({{ ...told, code }});
        }})"""
    )
