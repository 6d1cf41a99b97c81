"""Checks that the machine has what the tests need, before they run: python -m tests.ready

If something is missing, it says so in one sentence and exits with 78; otherwise hundreds of tests would fail for the
same reason.
"""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browsers import chromium, launch
from whisperstream_site.launcher.embedded import EmbeddedPostgres, EmbeddedValkey, StoreError

_NOT_READY = 78


class NotReady(Exception):
    """Something that the tests need is missing; the message is a sentence that says what to do."""


def main() -> int:
    try:
        _stores()
        _browser()
    except (NotReady, StoreError) as error:
        print(error, file=sys.stderr)
        return _NOT_READY
    return 0


def _stores() -> None:
    # If this process is killed, tests/conftest.py removes the folder later.
    with tempfile.TemporaryDirectory(prefix=f"wst-{os.getpid()}-") as name:
        postgres = EmbeddedPostgres(Path(name) / "pg", options={"fsync": "off"})
        valkey = EmbeddedValkey(Path(name) / "vk", keep=False)
        try:
            if "TEST_DATABASE_URL" not in os.environ:
                postgres.start("postgres")
            if "TEST_REDIS_URL" not in os.environ:
                valkey.start()
        finally:
            postgres.stop()
            valkey.stop()


def _browser() -> None:
    try:
        with sync_playwright() as driver:
            browser = launch(driver)
            browser.new_page().goto("data:text/html,<title>Here</title>")
            browser.close()
    # Playwright's own errors, and those of a driver that does not start.
    except Exception as error:
        raise NotReady(_advice(str(error) or repr(error))) from error


def _advice(reason: str) -> str:
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    why = next((line for line in lines if "shared libraries" in line), lines[0])
    if path := chromium():
        return f"{path} does not start ({why}): repair it, or name another browser with CHROMIUM."
    return (
        f"Playwright's Chromium does not start ({why}): have root run "
        "`.venv/bin/python -m playwright install-deps chromium`, or name another browser with CHROMIUM."
    )


if __name__ == "__main__":
    sys.exit(main())
