"""Tests pages in a real browser without the audio path: Django's live server and a scripted WebSocket."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)
from pytest_django.live_server_helper import LiveServer

from captions.models import User
from captions.protocol.registry import WorkerState
from tests.browsers import launch
from tests.factories import make_user
from tests.processes import until

SCRIPTED_SERVER = Path(__file__).with_name("scripted_server.js")
SCRIPTED_EVENTS = Path(__file__).with_name("scripted_events.js")
NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
# Records violations of the content security policy, which would otherwise go unnoticed.
_WATCH = """
  window.complaints = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.complaints.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
"""


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    """Playwright, for this folder only: while it runs, no other test can use an event loop."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        # Playwright's event loop runs in this thread, in which Django would refuse synchronous database access.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield driver


@pytest.fixture(scope="package")
def browser(driver: Playwright) -> Iterator[Browser]:
    """A browser with a beeping fake microphone and permission to use it."""
    browser = launch(
        driver,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
    )
    yield browser
    browser.close()


@pytest.fixture(autouse=True)
def _a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretends that an audio worker is ready and has room; these tests start none."""
    ready = WorkerState("worker", "ready", room=4, model="base")
    monkeypatch.setattr("captions.protocol.registry.workers", lambda: [ready])
    monkeypatch.setattr("captions.web.operations.workers", lambda: [ready])


@pytest.fixture(scope="module")
def bare_page(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page without content, in which modules are imported one by one."""
    page = browser.new_page(base_url=live_server.url)
    page.goto("/nothing/")
    yield page
    page.close()


@pytest.fixture
def maren(transactional_db: None) -> User:
    return make_user("maren", first_name="Maren")


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """Opens a path as a user (or logged out); errors and policy violations on the page fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def start(path: str, user: User | None = None, *, script: str = "", **options: Any) -> Page:
        # Playwright sees none of the requests that a service worker passes on.
        defaults = {
            "viewport": WIDE,
            "base_url": live_server.url,
            "locale": "en-GB",
            "service_workers": "block",
        }
        options = {**defaults, **options}
        context = browser.new_context(**options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        if user is not None:
            context.add_cookies([login(user, live_server)])
        context.add_init_script(_WATCH)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        return page

    yield start
    for context in contexts:
        for page in context.pages:
            errors += page.evaluate("window.complaints ?? []")
        context.close()
    assert not errors


def login(user: User, live_server: LiveServer) -> Any:
    """The cookie of a login."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": live_server.url}


@pytest.fixture
def dictation(open_page: OpenPage, maren: User) -> Callable[..., Page]:
    """Opens the dictation page with a scripted server behind its WebSocket."""

    def start(path: str = "/", **options: Any) -> Page:
        return open_page(path, maren, script=SCRIPTED_SERVER.read_text(), **options)

    return start


def start(page: Page) -> None:
    """Presses Start and waits until sound is being sent."""
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#state")).to_have_text("Listening")


def tell(page: Page, method: str, *args: Any) -> None:
    """Calls a method of the scripted server."""
    page.evaluate("([method, args]) => server[method](...args)", [method, list(args)])


def arrange(page: Page, **values: Any) -> None:
    """Sets how the scripted server behaves."""
    page.evaluate("(values) => Object.assign(server, values)", values)


def said(page: Page) -> list[str]:
    """The messages that the browser has sent to the scripted server, without candidates."""
    found: list[str] = page.evaluate("server.said()")
    return found


def until_held(page: Page, held: list[Route]) -> None:
    """Waits until the page has made a request that the test holds back in `held`.

    Playwright reports requests only while it is talking to the page.
    """
    until(lambda: page.evaluate("true") and held, "the page asks")


def until_said(page: Page, expected: list[str]) -> None:
    """Waits until the browser has sent exactly these messages."""
    until(lambda: page.evaluate("server.said()") == expected, f"{expected}")
