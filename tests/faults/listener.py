"""A Chromium that dictates what somebody says by the wall clock, and the journal of what its page shows."""

import base64
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import BrowserContext, Page, Playwright, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browsers import FLAGS, chromium
from tests.faults.product import PASSWORD, USERNAME, suspended
from tests.faults.speech import RATE, Speech

_SCRIPT = Path(__file__).with_name("speaker.js")
_READY_MS = 120_000


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page showed from a moment on, in milliseconds since 1970: the end of its text, and what it says."""

    at: float
    state: str
    text: str
    said: str


class Listener:
    """A browser with one person logged in, who dictates in `page`."""

    def __init__(self, context: BrowserContext, profile: Path, url: str, speech: Speech) -> None:
        self.context = context
        self.profile = profile
        self.url = url
        self.journal: list[Shown] = []
        self._stumbles: list[tuple[float, float]] = []
        self._from = 0.0
        sound = base64.b64encode(speech.sound.astype("<i2").tobytes()).decode()
        told = json.dumps({"rate": RATE, "sound": sound})
        context.add_init_script(f"globalThis.speech = {told};\n{_SCRIPT.read_text()}")
        context.expose_binding("noteFault", self._note)
        context.expose_binding(
            "noteStumble", lambda source, told: self._stumbles.append((told["at"], told["seconds"]))
        )
        self.page = context.pages[0]

    def log_in(self, page: Page | None = None) -> None:
        page = page or self.page
        page.goto(f"{self.url}/accounts/login/")
        page.get_by_label("Email or username").fill(USERNAME)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{self.url}/")

    def begin(self) -> None:
        """Starts a dictation; once the page listens, the speaker begins."""
        self.press("Start")
        self.expect_state("listening")
        self._from = (time.time() + 0.5) * 1000
        self._speak("from", self._from)

    def end_speech(self, at_ms: float) -> None:
        """Lets the speaker fall silent at a moment of the speech, and waits for that."""
        self._speak("until", self._from + at_ms)
        self.wait(max(0.0, (at_ms - self.now_ms) / 1000))

    def favour(self) -> None:
        """Serves it before others, where that is allowed: it stands for another machine."""
        with suppress(psutil.Error):
            for process in self._processes():
                process.nice(-10)

    @property
    def now_ms(self) -> float:
        """The moment of the speech, in milliseconds since the speaker began."""
        return time.time() * 1000 - self._from

    def shown(self) -> list[tuple[float, str, str]]:
        """The state and the end of the text whenever the page changed, with the moment of the speech."""
        return [(each.at - self._from, each.state, each.text) for each in self.journal]

    def said(self) -> list[tuple[float, str]]:
        """The sentences that the page said of what is wrong, with their moments of the speech."""
        found: list[tuple[float, str]] = []
        for each in self.journal:
            if each.said and (not found or found[-1][1] != each.said):
                found.append((each.at - self._from, each.said))
        return found

    def stumbles(self) -> list[tuple[float, float]]:
        """When the sound of the speaker stood still, and for how many seconds, for want of processor time or asleep."""
        return [(at - self._from, seconds) for at, seconds in self._stumbles]

    def wait(self, seconds: float) -> None:
        """Waits, and takes what pages tell meanwhile."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
            self._pump()

    def offers(self, name: str) -> bool:
        """Whether the page shows a button."""
        return self.page.get_by_role("button", name=name, exact=True).is_visible()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click(timeout=_READY_MS)

    def expect_state(self, state: str, seconds: float = _READY_MS / 1000) -> None:
        expect(self.page.locator("#status")).to_have_attribute(
            "data-state", re.compile(f"^({state})$"), timeout=seconds * 1000
        )

    @property
    def state(self) -> str:
        return self.page.locator("#status").get_attribute("data-state", timeout=5_000) or ""

    @property
    def session(self) -> str:
        match = re.search("session=([0-9a-f-]{36})", self.page.url)
        assert match, self.page.url
        return match[1]

    def text(self) -> str:
        """The saved text on the page."""
        return " ".join(self.page.locator("#log [data-seq] [data-text]").all_text_contents())

    def waiting_rows(self) -> list[str]:
        """What stands on the page where words are missing or still to come."""
        return self.page.locator("#log .missing, #log .waiting").all_inner_texts()

    def crash(self) -> None:
        """Ends the tab as a crash does, and loads it again, as the browser's button does.

        Playwright gives up a page that has crashed: another one gets what the browser keeps for the tab.
        """
        address, crashed = self.page.url, self.page
        kept = crashed.evaluate("JSON.stringify(Object.entries(sessionStorage))")
        with crashed.expect_event("crash"), suppress(PlaywrightError):
            crashed.goto("chrome://crash", timeout=5_000)
        self.page = self.context.new_page()
        self.page.add_init_script(
            f"for (const [name, value] of {kept}) if (!(name in sessionStorage)) sessionStorage[name] = value;"
        )
        self.page.goto(address)

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Stops all processes of the browser, as a closed lid does."""
        with suspended(self._processes()):
            yield

    def _note(self, source: Any, told: dict[str, Any]) -> None:
        # Another tab may still show what it has.
        if source["page"] is self.page:
            self.journal.append(Shown(**told))

    def _speak(self, name: str, at: float) -> None:
        self.page.evaluate("([name, at]) => localStorage.setItem(`speaker-${name}`, at)", [name, at])

    def _processes(self) -> list[psutil.Process]:
        """All of the browser, its own one first."""
        own = f"--user-data-dir={self.profile}"
        main = next(
            process
            for process in psutil.Process().children(recursive=True)
            if own in process.cmdline() and "--type=" not in " ".join(process.cmdline())
        )
        return [main, *main.children(recursive=True)]

    def _pump(self) -> None:
        # Playwright hands over what happened while it waits for something.
        with suppress(PlaywrightError):
            self.page.wait_for_timeout(1)


@contextmanager
def listening(
    driver: Playwright,
    url: str,
    speech: Speech,
    profile: Path,
    *,
    flags: tuple[str, ...] = (),
    executable: str | None = None,
) -> Iterator[Listener]:
    """Starts the browser with an empty profile; `executable` may be a program that starts it somewhere else."""
    context = driver.chromium.launch_persistent_context(
        profile,
        executable_path=executable or chromium(),
        args=[
            *FLAGS,
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            # As where a page has been granted a microphone.
            "--autoplay-policy=no-user-gesture-required",
            *flags,
        ],
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
    )
    listener = Listener(context, profile, url, speech)
    listener.favour()
    try:
        yield listener
    finally:
        context.close()
