"""Starts the browser for tests."""

import os
import shutil

from playwright.sync_api import Browser, Playwright, expect

# Playwright's default of 5 s is too short on a busy machine; tests of speed set their own.
expect.set_options(timeout=60_000)

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def chromium() -> str | None:
    """The path of the Chrome or Chromium to start (script/browser sets CHROMIUM); None means Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


# Only the last --disable-features counts, so these are Playwright's own plus two features of the invisible address
# bar, which load two extra pages per window, half the work of opening it, and one that asks somebody before a page
# that a test made up may reach a server on this machine.
_DISABLED = [
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "LocalNetworkAccessChecks",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "TcpPortRandomizationWin",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
]
FLAGS = [
    f"--disable-features={','.join(_DISABLED)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def launch(driver: Playwright, *flags: str, scroll_bars: bool = False) -> Browser:
    """Starts a browser that makes no network requests of its own; `scroll_bars` take their place beside the page."""
    return driver.chromium.launch(
        executable_path=chromium(),
        args=[*FLAGS, *flags],
        ignore_default_args=["--hide-scrollbars"] if scroll_bars else None,
    )
