"""The browser that the tests drive."""

import os
import shutil

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str | None:
    """The path of the Chrome or Chromium to start (script/browser sets CHROMIUM); None means Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((path for name in _NAMES if (path := shutil.which(name))), None)
