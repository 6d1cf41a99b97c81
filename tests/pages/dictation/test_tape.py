"""What is said without a connection is recorded on the device, and delivered when there is one again."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Error, Page, Route, expect

from captions.models import Session, TranscriptGap
from captions.recordings import delivered
from tests.pages.conftest import arrange, start, tell, until_held, until_said
from tests.pages.dictation.test_outages import REPORTS_ARRIVE
from tests.processes import until
from tests.recordings.conftest import sound
from tests.recordings.support import played

__all__ = ["sound"]

Dictation = Callable[..., Page]
RECORDS = """import("app/dictation/tape/store").then(async ({ TapeStore, DATABASE }) => {
  const { promise, resolve } = Promise.withResolvers();
  const store = await TapeStore.open();
  store.close();
  const request = indexedDB.open(DATABASE);
  request.onsuccess = () => {
    const all = request.result.transaction("blocks").objectStore("blocks").getAll();
    all.onsuccess = () => resolve(all.result);
  };
  const blocks = await promise;
  request.result.close();
  return blocks;
})"""
BLOCKS = f"{RECORDS}.then((blocks) => blocks.map(({{ start_ms, end_ms }}) => [start_ms, end_ms]))"
SESSIONS = f"{RECORDS}.then((blocks) => blocks.map(({{ session }}) => session))"
REMAINS = "import('app/dictation/tape/remains').then((m) => m.deliverRemains())"


@pytest.fixture(autouse=True)
def _asked(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.live.tape.views.recover_soon", lambda: None)


@pytest.fixture
def live(dictation: Dictation) -> Page:
    page = dictation()
    start(page)
    until_taped(page, 2)
    return page


def until_taped(page: Page, count: int) -> None:
    until(lambda: len(page.evaluate(BLOCKS)) >= count, f"{count} blocks are kept")


def delivery() -> TranscriptGap:
    gap = until(lambda: TranscriptGap.objects.delivered().first(), "sound is delivered")
    assert gap is not None
    return gap


def beeps(gap: TranscriptGap) -> list[bool]:
    """Whether each second of delivered sound has a beep, as the device makes one every second."""
    heard = played(delivered.path_of(gap.session_id, gap.delivery or UUID(int=0)))
    assert heard.size / 16 == pytest.approx(gap.end_ms - gap.start_ms, abs=100)
    return [
        bool(np.abs(heard[at : at + 16_000]).max() > 0.05) for at in range(0, heard.size - 16_000, 16_000)
    ]


def end_login(page: Page) -> Any:
    """Lets the login expire; returns its cookie."""
    (login,) = [each for each in page.context.cookies() if each["name"] == settings.SESSION_COOKIE_NAME]
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    return login


def lose_and_find(page: Page) -> int:
    """Loses the worker, and reaches another one some seconds later; returns the session's clock then."""
    arrange(page, answers=False)
    lost_ms = page.evaluate(BLOCKS)[-1][1]
    tell(page, "lose")
    expect(page.locator("#state")).to_have_text("Not connected")
    expect(page.locator("#detail")).to_have_text(
        re.compile(r"^Recording on this device, 0:(0[2-9]|\d\d) so far$")
    )
    expect(page.locator("#outage")).to_have_text(
        "Not connected. What you say is recorded on this device, and its words follow."
    )
    until(lambda: page.evaluate(BLOCKS)[-1][1] > lost_ms + 4_000, "it is recorded")
    clock_ms = int(page.evaluate(BLOCKS)[-1][1]) + 300
    page.evaluate(f"server.ready.clock_ms = {clock_ms}")
    arrange(page, answers=True)
    page.evaluate("server.answer(server.heard.findLast(each => each.type === 'offer'))")
    expect(page.locator("#state")).to_have_text("Listening")
    return clock_ms


def test_it_is_forgotten_as_far_as_the_server_has_it(live: Page) -> None:
    until_taped(live, 3)
    tell(live, "say", {"type": "safe", "clock_ms": 3_200})
    until(lambda: live.evaluate(BLOCKS)[0][1] > 2_200, "what is safe is deleted")
    assert live.evaluate(BLOCKS)[0][0] < 3_200, "but for a margin"


# Without it, the sound is kept as samples.
@pytest.mark.parametrize("encoder", ["Opus", "none"])
def test_the_sound_of_an_outage_is_delivered_and_its_mark_goes_with_its_words(
    dictation: Dictation, encoder: str
) -> None:
    live = dictation()
    if encoder == "none":
        live.add_init_script("delete window.AudioEncoder")
        live.reload()
    start(live)
    until_taped(live, 2)
    assert live.evaluate(f"{RECORDS}.then(([block]) => block.isPcm === true)") is (encoder == "none")
    Session.objects.update(settled_ms=60_000)
    clock_ms = lose_and_find(live)
    mark = live.locator("#log .row.missing")
    expect(mark).to_contain_text("was recorded on this device. The words follow.")
    until(lambda: live.evaluate(BLOCKS)[-1][1] > clock_ms + 3_500, "it goes on behind the outage")
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 4_000})
    gap = delivery()
    heard = beeps(gap)
    assert len(heard) >= 3
    assert all(heard)
    recovered = {"type": "recovered", "start_ms": gap.start_ms, "end_ms": gap.end_ms, "delivered": True}
    tell(live, "say", recovered)
    expect(mark).to_have_count(0)


# The second continues the first; or what was heard before it, which this page has not noticed, it does not continue.
@pytest.mark.parametrize("continues", [1, 2])
def test_where_another_road_carries_the_sound_soon_what_it_left_out_is_delivered(
    dictation: Dictation, continues: int
) -> None:
    live = dictation()
    live.evaluate("server.ready.roads = ['webrtc', 'websocket']")
    start(live)
    until_taped(live, 5)
    Session.objects.update(settled_ms=60_000)
    arrange(live, continues=continues)
    tell(live, "media", "stalled", 1, {"clock_ms": 4_000})
    until_said(live, ["offer", "open"])
    expect(live.locator("#state")).not_to_have_text("Reconnecting")
    taped = live.evaluate(BLOCKS)[-1][1]
    until(lambda: live.evaluate(BLOCKS)[-1][1] > taped + 2_000, "it goes on")
    tell(live, "say", {"type": "safe", "clock_ms": 30_000})
    until(
        lambda: not live.evaluate(f"{BLOCKS}.then((all) => all.some(([start]) => start < 4_000))"),
        "it is forgotten",
    )
    gaps = [gap.time_range for gap in TranscriptGap.objects.delivered()]
    assert (continues == 2) is any(gap.start_ms <= 4_000 <= gap.end_ms for gap in gaps), gaps


def test_no_block_has_sound_of_before_and_after_a_sleep(dictation: Dictation) -> None:
    live = dictation()
    live.add_init_script(
        """window.contexts = [];
        window.AudioContext = class extends AudioContext {
          constructor(...options) { super(...options); contexts.push(this); }
        };"""
    )
    live.reload()
    start(live)
    until_taped(live, 2)
    live.evaluate("contexts = contexts.filter(({ state }) => state === 'running')")
    live.evaluate("Promise.all(contexts.map((context) => context.suspend()))")
    live.wait_for_timeout(3_300)
    live.evaluate("Promise.all(contexts.map((context) => context.resume()))")
    count = len(live.evaluate(BLOCKS))
    until_taped(live, count + 3)
    blocks = live.evaluate(BLOCKS)
    assert blocks[-1][1] - blocks[0][0] > len(blocks) * 1_000 + 2_000, "nothing was captured meanwhile"
    assert max(end - start for start, end in blocks) < 1_100, blocks


def test_a_mark_goes_with_its_words_after_stop_too(live: Page) -> None:
    Session.objects.update(settled_ms=60_000)
    clock_ms = lose_and_find(live)
    mark = live.locator("#log .row.missing")
    expect(mark).to_contain_text("was recorded on this device. The words follow.")
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 4_000})
    gap = delivery()
    missing = [[gap.start_ms, gap.end_ms]]
    live.evaluate(
        "more => Object.assign(server.ready, more)",
        {"state": "ended", "recovering": True, "outages": missing},
    )
    live.get_by_role("button", name="Stop").click()
    expect(live.locator("#state")).to_have_text("Saved")
    until(lambda: live.evaluate("server.said().at(-1)") == "sync", "the page waits for the words")
    expect(mark).to_contain_text("was recorded on this device. The words follow.")
    live.evaluate("Object.assign(server.ready, {recovering: false, outages: []})")
    recovered = {"type": "recovered", "start_ms": gap.start_ms, "end_ms": gap.end_ms, "delivered": True}
    tell(live, "say", recovered)
    expect(mark).to_have_count(0)


def test_what_a_worker_hears_that_the_server_has_lost_is_held_and_delivered(live: Page) -> None:
    Session.objects.update(settled_ms=60_000)
    live.evaluate(REPORTS_ARRIVE)
    # As in a real one, the first sound arrives when the page is connected, too.
    live.evaluate("""() => {
      const { media } = server;
      server.media = (...args) => setTimeout(() => media.apply(server, args), 500);
    }""")
    arrange(live, answers=False)
    tell(live, "say", {"type": "error", "code": "worker_lost", "message": "", "retryable": True})
    until_said(live, ["offer", "offer"])
    lost_ms = live.evaluate(BLOCKS)[-1][1]
    until(lambda: live.evaluate(BLOCKS)[-1][1] > lost_ms + 2_000, "it is recorded")
    expect(live.locator("#outage")).to_be_hidden()
    clock_ms = int(live.evaluate(BLOCKS)[-1][1]) + 300
    live.evaluate(f"server.ready.clock_ms = {clock_ms}")
    live.evaluate("server.answer(server.heard.findLast(each => each.type === 'offer'))")
    until(lambda: live.evaluate("server.peers.get(1).connectionState") != "connected", "another one hears")
    until(lambda: live.evaluate(BLOCKS)[-1][1] > clock_ms + 3_500, "it goes on behind it")
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 4_000})
    gap = delivery()
    assert gap.start_ms < lost_ms
    assert gap.end_ms > lost_ms + 2_000


def test_what_a_killed_page_has_left_the_next_one_delivers(live: Page) -> None:
    Session.objects.update(settled_ms=60_000)
    session = Session.objects.get()
    until_taped(live, 3)
    arrange(live, answers=False)
    live.goto(f"/sessions/{session.pk}/")
    gap = delivery()
    assert gap.end_ms - gap.start_ms >= 2_900
    until(lambda: live.evaluate(BLOCKS) == [], "nothing is left")


@pytest.fixture
def deliveries(live: Page) -> list[Route]:
    """What pages deliver, in whichever tab: held back until the test lets it through."""
    Session.objects.update(settled_ms=60_000)
    held: list[Route] = []
    live.context.route(re.compile(r"/tape/\?"), lambda route: held.append(route))
    return held


def another_tab(page: Page) -> Page:
    """Opens the dictation page beside another, and lets it deliver what it finds."""
    tab = page.context.new_page()
    tab.goto("/")
    return tab


def crash(page: Page) -> None:
    """Kills the process of a tab."""
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    page.close()


def test_no_tab_delivers_or_deletes_what_another_one_records(live: Page, deliveries: list[Route]) -> None:
    before = live.evaluate(BLOCKS)
    other = another_tab(live)
    assert other.evaluate(REMAINS) == []
    assert deliveries == []
    assert other.evaluate(BLOCKS)[: len(before)] == before
    live.get_by_role("button", name="Stop").click()


def test_what_a_crashed_tab_has_left_is_delivered_once(live: Page, deliveries: list[Route]) -> None:
    crashed = str(Session.objects.get().pk)
    dictating = another_tab(live)
    start(dictating)
    crash(live)
    until(lambda: len({*dictating.evaluate(SESSIONS)}) == 2, "the other one records")
    first = another_tab(dictating)
    until_held(first, deliveries)
    # It opens while the other one still delivers.
    second = another_tab(dictating)
    assert second.evaluate(REMAINS) == []
    [delivered] = deliveries
    delivered.continue_()
    until(lambda: crashed not in first.evaluate(SESSIONS), "it is delivered")
    for tab in (first, second):
        assert tab.evaluate(REMAINS) == []
    assert len(deliveries) == 1
    assert str(TranscriptGap.objects.get().session_id) == crashed
    assert dictating.evaluate(SESSIONS), "what is being dictated stays"


# From the answer on, the server knows that it is opened again.
REOPENED = """() => {
  const send = globalThis.fetch;
  globalThis.fetch = async (address, options) => {
    const answer = await send(address, options);
    if (String(address).includes("/continue/")) {
      Object.assign(server.ready, { state: "lost", clock_ms: (await answer.clone().json()).clock_ms });
    }
    return answer;
  };
}"""


@pytest.mark.parametrize("told", ["by its socket", "by a road of the sound"])
def test_a_dictation_that_ended_while_its_page_was_away_goes_on(
    live: Page, monkeypatch: pytest.MonkeyPatch, told: str
) -> None:
    monkeypatch.setattr("captions.protocol.registry.is_held", lambda name: False)
    session = Session.objects.get()
    arrange(live, answers=False)
    tell(live, "lose")
    expect(live.locator("#detail")).to_have_text(re.compile("^Recording on this device"))
    until_taped(live, 4)
    # The lid was closed: the server has ended it.
    Session.objects.update(
        ended_at=timezone.now() - timedelta(seconds=1), clock_ms=2_000, settled_ms=2_000, gen=1
    )
    live.evaluate("Object.assign(server.ready, { state: 'ended', clock_ms: 2000, gen: 1 })")
    live.evaluate(REOPENED)
    if told == "by its socket":
        tell(live, "drop")
    else:
        tell(live, "say", {"type": "error", "code": "session_ended", "message": "It has ended."})
    until(lambda: Session.objects.get().ended_at is None, "it is opened again")
    session.refresh_from_db()
    assert session.clock_ms > 3_500, "behind what was recorded here"
    clock_ms = session.clock_ms + 500
    live.evaluate(f"Object.assign(server.ready, {{ state: 'lost', clock_ms: {clock_ms} }})")
    arrange(live, answers=True)
    tell(live, "drop")
    expect(live.locator("#state")).to_have_text("Listening")
    expect(live.locator("#log .row.missing")).to_have_count(1)
    Session.objects.update(settled_ms=60_000)
    until(lambda: live.evaluate(BLOCKS)[-1][1] > clock_ms + 3_500, "it goes on to be recorded")
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 4_000})
    assert delivery().start_ms < 3_000


@pytest.fixture
def expired(live: Page) -> Any:
    """The cookie of the login, which has expired in the middle of a dictation; the page has noticed it."""
    login = end_login(live)
    until_taped(live, 4)
    tell(live, "drop", 4401)
    expect(live.locator("#state")).to_have_text("Not connected")
    expect(live.locator("#outage")).to_have_text(
        "Not connected. What you say is recorded on this device, and its words follow. "
        "You are logged out. Log in again in another tab, and the dictation goes on."
    )
    return login


def test_a_dictation_whose_login_has_expired_goes_on_with_the_next_one(live: Page, expired: Any) -> None:
    kept_ms = live.evaluate(BLOCKS)[-1][1]
    until(lambda: live.evaluate(BLOCKS)[-1][1] > kept_ms + 3_000, "it is recorded")
    session = Session.objects.get()
    clock_ms = live.evaluate(BLOCKS)[-1][1] + 1_000
    live.evaluate(
        "(more) => Object.assign(server.ready, more)", {"state": "live", "clock_ms": clock_ms, "gen": 1}
    )
    live.context.add_cookies([expired])
    expect(live.locator("#state")).to_have_text("Listening")
    expect(live.locator("#log .row.missing")).to_contain_text(
        "was recorded on this device. The words follow."
    )
    until(lambda: live.evaluate(BLOCKS)[-1][1] > clock_ms + 3_500, "it goes on to be recorded")
    Session.objects.update(settled_ms=60_000)
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 4_000})
    gap = delivery()
    assert gap.session_id == session.pk
    assert gap.start_ms < 4_000
    assert gap.end_ms > kept_ms + 3_000


def test_nothing_is_left_out_until_the_microphone_is_open_again(live: Page) -> None:
    login = end_login(live)
    until_taped(live, 3)
    # Some devices take a while.
    live.evaluate(
        """() => {
          const { mediaDevices } = navigator;
          const open = mediaDevices.getUserMedia.bind(mediaDevices);
          mediaDevices.getUserMedia = async (...wanted) => {
            await new Promise((resolve) => setTimeout(resolve, 3000));
            return open(...wanted);
          };
        }"""
    )
    lost_ms = live.evaluate(BLOCKS)[-1][1]
    tell(live, "drop", 4401)
    until(lambda: live.evaluate(BLOCKS)[-1][1] > lost_ms + 6_000, "it is recorded")
    live.get_by_role("button", name="Stop").click()
    expect(live.locator("#state")).to_have_text("Stopped")
    Session.objects.update(ended_at=timezone.now(), settled_ms=60_000)
    live.context.add_cookies([login])
    assert all(beeps(delivery()))


def test_one_that_is_stopped_before_the_next_login_is_delivered_after_it(live: Page, expired: Any) -> None:
    kept_ms = live.evaluate(BLOCKS)[-1][1]
    until(lambda: live.evaluate(BLOCKS)[-1][1] > kept_ms + 2_000, "it is recorded")
    live.get_by_role("button", name="Stop").click()
    expect(live.locator("#state")).to_have_text("Stopped")
    expect(live.locator("#outage")).to_contain_text("was recorded on this device. The words follow")
    session = Session.objects.get()
    Session.objects.update(ended_at=timezone.now(), settled_ms=60_000)
    live.context.add_cookies([expired])
    gap = delivery()
    assert gap.session_id == session.pk
    until(lambda: live.evaluate(BLOCKS) == [], "nothing is left")


def test_whoever_logs_out_ends_the_dictation(live: Page) -> None:
    live.evaluate("indexedDB.deleteDatabase('whisperstream.tape')")
    live.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    tell(live, "drop", 4401)
    expect(live.get_by_role("button", name="Stop")).to_be_hidden()
    expect(live.locator("#state")).to_have_text("Saved")
    assert live.evaluate(BLOCKS) == []
