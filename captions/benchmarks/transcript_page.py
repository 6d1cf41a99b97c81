"""Measures the page of a long transcript in a real Chromium, against a running server with the same database."""

import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import psutil
from django.conf import settings
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from ..audio.ogg import OggOpusFile
from ..audio.silence import silence
from ..models import Recording, Session, User
from ..models.recording import sound_storage
from ..speech.passage import Passage
from ..speech.types import Word
from ..transcripts.final_writer.records import FinalRecord
from ..transcripts.final_writer.saving import save

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

_TEXT = "and then we asked whether the number of the house was known to anybody"
_EACH_MS, _WORD_MS = 2_500, 150
_AT_ONCE = 500
_KEYS = 40
_LONGEST_MS = 180_000

# Collects long tasks and slow key presses, and the time at which the scripts have made the page ready.
_WATCH = """
  window.bench = { tasks: [], keys: [], ready: 0 };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) bench.tasks.push([startTime, startTime + duration]);
  }).observe({ type: "longtask", buffered: true });
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === "keydown") bench.keys.push(duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  const look = () => {
    const isReady = document.querySelector("#find:not([hidden])") && document.querySelector("#player-play:enabled");
    if (isReady) bench.ready = performance.now();
    else requestAnimationFrame(look);
  };
  look();
"""
_IS_QUIET = """
  () => bench.ready && performance.now() - Math.max(bench.ready, ...bench.tasks.map(([, end]) => end)) > 1000
"""


@dataclass(frozen=True, slots=True)
class PageFigures:
    """How a page of `sentences` sentences did. Times are milliseconds, from the moment somebody asked.

    `cpu` is processor time, which other programs make little longer: of the process that renders the page, or, in
    `server_cpu`, of the same request answered in this process, with what the database took if it is on this machine.
    `load` is the load average when the browser had started. `task` is the longest time that the page's thread was busy
    without a break; 0 below 50 ms. Memory is megabytes after a collection of garbage: `heap_mb` of the scripts,
    `tab_mb` of the process that renders the page, `page_mb` what that has more than with another page of the product.
    """

    sentences: int
    load: float
    server_cpu_ms: float
    first_byte_ms: float
    first_paint_ms: float
    interactive_ms: float
    cpu_ms: float
    """Until then."""
    html_mb: float
    nodes: int
    heap_mb: float
    tab_mb: float
    page_mb: float
    key_p50_ms: float
    """From a key press to its paint, in steps of 8 ms; 16 stands for less, which browsers do not report."""
    key_p95_ms: float
    key_most_ms: float
    key_cpu_ms: float
    find_ms: float
    find_task_ms: float
    find_cpu_ms: float
    play_end_ms: float
    play_task_ms: float
    play_cpu_ms: float
    replace_ms: float
    replace_task_ms: float
    replace_cpu_ms: float
    replace_server_cpu_ms: float


def measure(address: str, sentences: int) -> PageFigures:
    """The figures for a transcript that is made, opened at `address` and deleted again."""
    from playwright.sync_api import sync_playwright

    with _a_transcript(sentences) as (session, cookie), sync_playwright() as driver:
        # Django refuses the database to a thread with an event loop, such as Playwright's.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        load = os.getloadavg()[0]
        browser = driver.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or None,
            args=[
                "--no-sandbox",
                "--autoplay-policy=no-user-gesture-required",
                "--enable-precise-memory-info",
            ],
        )
        try:
            return _measured(browser, address, cookie, session, sentences, load)
        finally:
            browser.close()


def _measured(
    browser: "Browser", address: str, cookie: str, session: Session, sentences: int, load: float
) -> PageFigures:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address)
    context.set_default_timeout(_LONGEST_MS)
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])
    page = context.new_page()
    # Fills the browser's cache, as for anybody who has used the product before.
    page.goto("/settings/")
    cdp = context.new_cdp_session(page)
    other_mb = _process_mb(browser, cdp)
    page.add_init_script(_WATCH)
    cpu_s = _metric(cdp, "ProcessTime")
    page.goto(session.get_absolute_url(), wait_until="commit")
    # Not with every frame, which would be work of its own.
    page.wait_for_function(_IS_QUIET, polling=250)
    cpu_s = _metric(cdp, "ProcessTime") - cpu_s
    loaded: dict[str, float] = page.evaluate(
        """() => {
          const [{ responseStart, decodedBodySize }] = performance.getEntriesByType("navigation");
          const [paint] = performance.getEntriesByName("first-contentful-paint");
          const interactive = Math.max(bench.ready, ...bench.tasks.map(([, end]) => end));
          return { responseStart, decodedBodySize, paint: paint?.startTime ?? 0, interactive };
        }"""
    )
    cdp.send("HeapProfiler.collectGarbage")
    heap = _metric(cdp, "JSHeapUsedSize") / 1e6
    nodes = page.evaluate(
        "() => { const all = document.createTreeWalker(document); let n = 1; while (all.nextNode()) n++; return n }"
    )
    tab_mb = _process_mb(browser, cdp)
    keys, key_cpu_ms = _type(page, cdp)
    find = _find(page, cdp)
    play = _play_end(page, cdp)
    replace = _replace_all(page, cdp)
    server = _Server(address, cookie)
    path = session.get_absolute_url()
    # The first answer of a process compiles its templates.
    server.cpu_ms(path)
    back = {"sought": "building", "written": "house", "whole_words": "on"}
    return PageFigures(
        sentences=sentences,
        load=load,
        server_cpu_ms=server.cpu_ms(path),
        first_byte_ms=loaded["responseStart"],
        first_paint_ms=loaded["paint"],
        interactive_ms=loaded["interactive"],
        cpu_ms=cpu_s * 1000,
        html_mb=loaded["decodedBodySize"] / 1e6,
        nodes=int(nodes),
        heap_mb=heap,
        tab_mb=tab_mb,
        page_mb=tab_mb - other_mb,
        key_p50_ms=keys[len(keys) // 2],
        key_p95_ms=keys[len(keys) * 95 // 100],
        key_most_ms=keys[-1],
        key_cpu_ms=key_cpu_ms,
        find_ms=find.ms,
        find_task_ms=find.task_ms,
        find_cpu_ms=find.cpu_ms,
        play_end_ms=play.ms,
        play_task_ms=play.task_ms,
        play_cpu_ms=play.cpu_ms,
        replace_ms=replace.ms,
        replace_task_ms=replace.task_ms,
        replace_cpu_ms=replace.cpu_ms,
        replace_server_cpu_ms=server.cpu_ms(f"{path}replace/", back),
    )


@dataclass(frozen=True, slots=True)
class _Timed:
    """How long something took, its longest task, and the tab's processor time until a second later."""

    ms: float
    task_ms: float
    cpu_ms: float


class _Server:
    """Answers requests of somebody in this process, where their processor time can be told from that of others."""

    def __init__(self, address: str, cookie: str) -> None:
        parts = urlsplit(address)
        self._secure = parts.scheme == "https"
        self._client = Client(headers={"host": parts.netloc})
        self._client.cookies[settings.SESSION_COOKIE_NAME] = cookie

    def cpu_ms(self, path: str, post: dict[str, str] | None = None) -> float:
        """Milliseconds of one answer. Raises RuntimeError if there is none."""
        ask = self._client.get if post is None else self._client.post
        connection.ensure_connection()
        start = time.process_time() + _database_s()
        answer = ask(path, post or {}, secure=self._secure)
        spent = time.process_time() + _database_s() - start
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered with {answer.status_code}")
        return spent * 1000


def _database_s() -> float:
    """Processor seconds of this connection's server process; 0 if that is on another machine."""
    try:
        process = psutil.Process(connection.connection.info.backend_pid)
        is_here = process.name().startswith("postgres")
        return sum(process.cpu_times()[:2]) if is_here else 0.0
    except psutil.Error:
        return 0.0


def _type(page: "Page", cdp: "CDPSession") -> tuple[list[float], float]:
    """Types into a sentence in the middle.

    Returns the times from key to paint, the shortest first, and the tab's processor time for a key.
    """
    middle = page.locator("#rows [data-seq]").nth(page.locator("#rows [data-seq]").count() // 2)
    middle.scroll_into_view_if_needed()
    middle.locator(".row-edit").focus()
    page.keyboard.press("Enter")
    page.locator(".editing textarea").wait_for()
    page.wait_for_timeout(1_000)
    page.evaluate("bench.keys.length = 0")
    cpu_s = _metric(cdp, "ProcessTime")
    for number in range(_KEYS):
        page.keyboard.press("abcde "[number % 6])
        page.wait_for_timeout(150)
    cpu_s = _metric(cdp, "ProcessTime") - cpu_s
    # The events of the last keys are reported a little later.
    page.wait_for_timeout(1_500)
    slow: list[float] = page.evaluate("bench.keys.splice(0)")
    page.keyboard.press("Escape")
    return sorted([*[16.0] * max(0, _KEYS - len(slow)), *slow]), cpu_s * 1000 / _KEYS


def _find(page: "Page", cdp: "CDPSession") -> _Timed:
    page.click("#find")
    page.fill("#find-sought", "hous")
    page.wait_for_timeout(1_500)
    return _timed(
        page,
        cdp,
        """(done) => {
          document.querySelector("#find-words").checked = false;
          const field = document.querySelector("#find-sought");
          field.value = "house";
          field.dispatchEvent(new InputEvent("input", { bubbles: true }));
          requestAnimationFrame(() => setTimeout(done));
        }""",
    )


def _play_end(page: "Page", cdp: "CDPSession") -> _Timed:
    return _timed(
        page,
        cdp,
        """(done) => {
          document.querySelector("#player-audio").addEventListener("playing", done, { once: true });
          [...document.querySelectorAll("#rows [data-seq] .when")].at(-1).click();
        }""",
        after="document.querySelector('#player-audio').pause()",
    )


def _replace_all(page: "Page", cdp: "CDPSession") -> _Timed:
    page.fill("#find-written", "building")
    page.wait_for_timeout(1_500)
    return _timed(
        page,
        cdp,
        """(done) => {
          const button = document.querySelector("[data-do=take-back]");
          new MutationObserver(done).observe(button, { attributeFilter: ["hidden"] });
          document.querySelector("#find-bar [data-do=all]").click();
        }""",
    )


def _timed(page: "Page", cdp: "CDPSession", action: str, *, after: str = "") -> _Timed:
    """Runs `action`, a function that gets `done`, and waits until that is called."""
    cpu_s = _metric(cdp, "ProcessTime")
    found: list[float] = page.evaluate(
        f"""async () => {{
          bench.tasks.length = 0;
          const start = performance.now();
          const ms = await new Promise((done) => ({action})(() => done(performance.now() - start)));
          {after};
          await new Promise((done) => setTimeout(done, 1500));
          return [ms, Math.max(0, ...bench.tasks.map(([from, to]) => to - from))];
        }}"""
    )
    return _Timed(found[0], found[1], (_metric(cdp, "ProcessTime") - cpu_s) * 1000)


def _metric(cdp: "CDPSession", name: str) -> float:
    cdp.send("Performance.enable")
    metrics = cdp.send("Performance.getMetrics")["metrics"]
    return next(float(metric["value"]) for metric in metrics if metric["name"] == name)


def _process_mb(browser: "Browser", cdp: "CDPSession") -> float:
    """Private memory of the largest process that renders pages, after a collection of garbage; 0 outside Linux."""
    cdp.send("HeapProfiler.collectGarbage")
    processes: list[dict[str, Any]] = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")[
        "processInfo"
    ]
    return max((_private_mb(each["id"]) for each in processes if each["type"] == "renderer"), default=0)


def _private_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0
    sizes = [int(line.split()[1]) for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:"))]
    return sum(sizes) / 1000


@contextmanager
def _a_transcript(sentences: int) -> Iterator[tuple[Session, str]]:
    """A session with silent sound of its length, and the session cookie of its owner."""
    user = User.objects.create(username=f"bench-{uuid.uuid4().hex}", time_zone="UTC")
    try:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        end = timezone.now()
        clock_ms = sentences * _EACH_MS
        session = Session.objects.create(
            user=user,
            title="A long hearing",
            created_at=end - timedelta(hours=5),
            active_at=end,
            ended_at=end,
            clock_ms=clock_ms,
            keep_sound=True,
        )
        for start in range(0, sentences, _AT_ONCE):
            numbers = range(start, min(start + _AT_ONCE, sentences))
            save([FinalRecord.of(session.pk, _passage(number)) for number in numbers])
        recording = _recorded(session, clock_ms)
        try:
            yield session, client.cookies[settings.SESSION_COOKIE_NAME].value
        finally:
            sound_storage().delete(recording.file.name or "")
    finally:
        user.delete()


def _passage(number: int) -> Passage:
    text = f"{number} {_TEXT}"
    at = number * _EACH_MS
    words = tuple(
        Word(at + place * _WORD_MS, at + place * _WORD_MS + 140, f" {word}", 0.9)
        for place, word in enumerate(text.split())
    )
    return Passage(
        start_ms=at, end_ms=words[-1].end_ms, text=text, words=words, confidence=0.9, language="en"
    )


def _recorded(session: Session, clock_ms: int) -> Recording:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.opus"
        file = OggOpusFile(path)
        for payload, ticks in silence(clock_ms * 48):
            file.write(payload, file.end, ticks)
        file.close()
        size = path.stat().st_size
        name = sound_storage().save(f"{session.pk}.opus", ContentFile(path.read_bytes()))
    return Recording.objects.create(
        session=session, file=name, duration_ms=clock_ms, size=size, peaks=bytes(range(200)) * 6
    )
