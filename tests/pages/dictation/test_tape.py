"""What is said without a connection is recorded on the device, and delivered when there is one again."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from captions.models import Session, TranscriptGap
from captions.recordings import delivered
from tests.pages.conftest import arrange, start, tell
from tests.processes import until
from tests.recordings.conftest import sound
from tests.recordings.support import played

__all__ = ["sound"]

Dictation = Callable[..., Page]
BLOCKS = """import("app/dictation/tape/store").then(async ({ TapeStore, DATABASE }) => {
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
  return blocks.map(({ start_ms, end_ms }) => [start_ms, end_ms]);
})"""


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


def test_the_sound_of_an_outage_is_delivered_and_its_mark_goes_with_its_words(live: Page) -> None:
    Session.objects.update(settled_ms=60_000)
    clock_ms = lose_and_find(live)
    mark = live.locator("#log .row.missing")
    expect(mark).to_contain_text("was recorded on this device. The words follow.")
    until(lambda: live.evaluate(BLOCKS)[-1][1] > clock_ms + 1_000, "it goes on behind the outage")
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 2_000})
    gap = delivery()
    heard = played(delivered.path_of(gap.session_id, gap.delivery or UUID(int=0)))
    assert heard.size / 16 == pytest.approx(gap.end_ms - gap.start_ms, abs=100)
    # The device beeps every second.
    seconds = [np.abs(heard[at : at + 16_000]).max() for at in range(0, heard.size - 16_000, 16_000)]
    assert len(seconds) >= 3
    assert min(seconds) > 0.05
    recovered = {"type": "recovered", "start_ms": gap.start_ms, "end_ms": gap.end_ms, "delivered": True}
    tell(live, "say", recovered)
    expect(mark).to_have_count(0)


def test_a_mark_goes_with_its_words_after_stop_too(live: Page) -> None:
    Session.objects.update(settled_ms=60_000)
    clock_ms = lose_and_find(live)
    mark = live.locator("#log .row.missing")
    expect(mark).to_contain_text("was recorded on this device. The words follow.")
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 2_000})
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


def test_what_a_killed_page_has_left_the_next_one_delivers(live: Page) -> None:
    Session.objects.update(settled_ms=60_000)
    session = Session.objects.get()
    until_taped(live, 3)
    arrange(live, answers=False)
    live.goto(f"/sessions/{session.pk}/")
    gap = delivery()
    assert gap.end_ms - gap.start_ms >= 2_900
    until(lambda: live.evaluate(BLOCKS) == [], "nothing is left")


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


def test_a_dictation_that_ended_while_its_page_was_away_goes_on(
    live: Page, monkeypatch: pytest.MonkeyPatch
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
    tell(live, "drop")
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
    until(lambda: live.evaluate(BLOCKS)[-1][1] > clock_ms + 1_500, "it goes on to be recorded")
    tell(live, "say", {"type": "safe", "clock_ms": clock_ms + 2_000})
    assert delivery().start_ms < 3_000
