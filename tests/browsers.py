"""The browser that the tests drive."""

import os
import shutil

from playwright.sync_api import Browser, Playwright, expect

# Playwright's 5 s are too few on a busy machine; whoever asks how fast something is says so.
expect.set_options(timeout=60_000)

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str | None:
    """The path of the Chrome or Chromium to start (script/browser sets CHROMIUM); None means Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(driver: Playwright, *flags: str) -> Browser:
    """Starts a browser that talks to nobody but the page."""
    return driver.chromium.launch(executable_path=chromium(), args=[*_FLAGS, *flags])
