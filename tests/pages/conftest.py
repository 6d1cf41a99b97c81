"""The pages in a real browser, without the audio path: a live server of Django's, and a scripted WebSocket."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
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
NARROW: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1280, "height": 800}
# What a page may not do silently: break the content policy, fail in a script.
_WATCH = """
  window.complaints = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.complaints.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
"""


@pytest.fixture(scope="package")
def driver() -> Iterator[Playwright]:
    """Playwright for this folder only: while it runs, no other test could use an event loop."""
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as driver:
        # Its loop runs in this thread: Django would refuse the database there, though nothing waits on it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield driver


@pytest.fixture(scope="package")
def browser(driver: Playwright) -> Iterator[Browser]:
    """A browser with a microphone that beeps, and a user who allows it."""
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
    """An audio worker with room says that it is ready; there is none in these tests."""
    ready = WorkerState("worker", "ready", room=4, model="base")
    monkeypatch.setattr("captions.protocol.registry.workers", lambda: [ready])
    monkeypatch.setattr("captions.web.operations.workers", lambda: [ready])


@pytest.fixture
def maren(transactional_db: None) -> User:
    return make_user("maren", first_name="Maren")


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[OpenPage]:
    """Opens a path as a user (or as nobody); what the page complains about fails the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def start(path: str, user: User | None = None, *, script: str = "", **options: Any) -> Page:
        options = {"viewport": WIDE, "base_url": live_server.url, "locale": "en-GB", **options}
        context = browser.new_context(**options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        if user is not None:
            context.add_cookies([_login(user, live_server)])
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


def _login(user: User, live_server: LiveServer) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}


@pytest.fixture
def dictation(open_page: OpenPage, maren: User) -> Callable[..., Page]:
    """Opens the dictation page with a scripted server behind its WebSocket."""

    def start(path: str = "/", **options: Any) -> Page:
        return open_page(path, maren, script=SCRIPTED_SERVER.read_text(), **options)

    return start


def start(page: Page) -> None:
    """Presses Start and waits until the sound flows."""
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#state")).to_have_text("Listening")


def tell(page: Page, method: str, *args: Any) -> None:
    """Has the scripted server do something."""
    page.evaluate("([method, args]) => server[method](...args)", [method, list(args)])


def arrange(page: Page, **values: Any) -> None:
    """Sets how the scripted server behaves."""
    page.evaluate("(values) => Object.assign(server, values)", values)


def said(page: Page) -> list[str]:
    """What the browser has told the scripted server, candidates left out."""
    found: list[str] = page.evaluate("server.said()")
    return found


def until_held(page: Page, held: list[Route]) -> None:
    """Waits for the page to ask for what is kept back. Its questions are heard of only while it is spoken to."""
    until(lambda: page.evaluate("true") and held, "the page asks")


def until_said(page: Page, expected: list[str]) -> None:
    """Waits for the browser to have said exactly this."""
    until(lambda: page.evaluate("server.said()") == expected, f"{expected}")
