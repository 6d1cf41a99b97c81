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


# Of several --disable-features the last one counts: these are Playwright's own, and two that make two pages of the
# browser's for every window, half the work of opening it, for an address line that nobody sees.
_DISABLED = [
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
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
_FLAGS = [
    f"--disable-features={','.join(_DISABLED)}",
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
