"""Dictations that are begun while the server cannot be reached."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from captions.models import Session, TranscriptGap, User
from tests.factories import make_user
from tests.pages.conftest import SCRIPTED_SERVER, OpenPage, login
from tests.pages.dictation.test_tape import BLOCKS
from tests.processes import until
from tests.recordings.conftest import sound
from tests.shared_files import READY

__all__ = ["sound"]

KEPT = """async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("offline "));
  const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return kept.flat().map(({ url }) => new URL(url).pathname);
}"""
HELD = """import("app/dictation/tape/store").then(async ({ TapeStore }) => {
  const store = await TapeStore.open();
  const key = await store.key();
  store.close();
  return key?.account ?? null;
})"""


@pytest.fixture(autouse=True)
def _asked(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.live.tape.views.recover_soon", lambda: None)


@pytest.fixture
def kept(open_page: OpenPage, maren: User) -> Page:
    """A page of a browser that has kept what it needs to dictate without the server."""
    page = open_page("/", maren, service_workers="allow", script=SCRIPTED_SERVER.read_text())
    assert page.evaluate(READY) == "ready"
    until(lambda: "/offline/" in page.evaluate(KEPT), "the page is kept")
    return page


def go_offline(page: Page) -> None:
    page.context.set_offline(True)
    page.goto("/")
    expect(page.get_by_text("Not connected. What you say is recorded on this device")).to_be_visible()


def dictate(page: Page, title: str) -> None:
    before = len(page.evaluate(BLOCKS))
    page.get_by_label("Title").fill(title)
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#state")).to_have_text("Not connected")
    expect(page.locator("#detail")).to_have_text(re.compile("^Recording on this device, 0:0[2-9] so far$"))
    until(lambda: len(page.evaluate(BLOCKS)) >= before + 3, "it is recorded")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#outage")).to_have_text(
        re.compile(r"^0:0\d was recorded on this device. The words follow when the server can be reached.$")
    )


def test_dictations_without_the_server_become_sessions_in_their_order(kept: Page, maren: User) -> None:
    go_offline(kept)
    dictate(kept, "The first")
    dictate(kept, "The second")
    kept.context.set_offline(False)
    expect(kept.get_by_text("What was recorded on this device has been delivered.")).to_be_visible()
    second, first = maren.sessions.newest_first()
    assert [first.title, second.title] == ["The first", "The second"]
    assert first.ended_at
    assert first.ended_at <= second.created_at
    for session in (first, second):
        gap = session.gaps.delivered().get()
        assert gap.end_ms - gap.start_ms == pytest.approx(session.clock_ms, abs=300)
        assert session.outages == [[0, session.clock_ms]]
    assert kept.evaluate(BLOCKS) == []


# Between the moment at which a page has listed what there is and the one at which it delivers it.
ANOTHER_TAB_DELIVERS = """{
  const request = navigator.locks.request.bind(navigator.locks);
  navigator.locks.request = async (...args) => {
    navigator.locks.request = request;
    const { deliverRemains } = await import("app/dictation/tape/remains");
    const elsewhere = await deliverRemains();
    await request(...args);
    window.elsewhere = elsewhere.length;
  };
}"""


def test_what_another_tab_has_delivered_is_neither_entered_nor_said_again(kept: Page, maren: User) -> None:
    entered: list[str] = []
    kept.on("request", lambda each: entered.append(each.url) if "/tape/sessions/" in each.url else None)
    go_offline(kept)
    dictate(kept, "The only one")
    kept.add_init_script(ANOTHER_TAB_DELIVERS)
    with kept.expect_navigation():
        kept.context.set_offline(False)
    until(lambda: kept.evaluate("window.elsewhere") == 1, "both have looked")
    assert len(entered) == 1
    delivered = maren.sessions.get().gaps.delivered().order_by("start_ms")
    assert all(one.end_ms <= next_.start_ms for one, next_ in pairwise(delivered)), (
        "nothing is delivered twice"
    )
    assert delivered
    expect(kept.get_by_text("What was recorded on this device has been delivered.")).to_be_hidden()


def test_a_dictation_goes_on_with_the_server_when_that_is_there(kept: Page, maren: User) -> None:
    go_offline(kept)
    kept.get_by_label("Title").fill("Begun without")
    kept.get_by_role("button", name="Start", exact=True).click()
    until(lambda: len(kept.evaluate(BLOCKS)) >= 3, "it is recorded")
    kept.evaluate("Object.assign(server.ready, { state: 'lost', clock_ms: 8000 })")
    kept.context.set_offline(False)
    expect(kept.locator("#state")).to_have_text("Listening")
    session = maren.sessions.get()
    assert (session.title, session.ended_at) == ("Begun without", None)
    assert session.clock_ms >= 3_000
    assert session.outages == [[0, session.clock_ms]]
    assert kept.url.endswith(f"/?session={session.pk}")
    expect(kept.locator("#log .row.missing")).to_contain_text(
        "was recorded on this device. The words follow."
    )
    until(lambda: kept.evaluate(BLOCKS)[-1][1] > 9_500, "it goes on")
    Session.objects.update(settled_ms=60_000)
    kept.evaluate("server.say({ type: 'safe', clock_ms: 30000 })")
    gap = until(lambda: TranscriptGap.objects.delivered().first(), "it is delivered")
    assert gap
    assert gap.start_ms < 500


def test_a_page_that_is_open_records_when_the_server_has_gone(kept: Page, maren: User) -> None:
    kept.context.set_offline(True)
    dictate(kept, "Gone meanwhile")
    kept.context.set_offline(False)
    expect(kept.get_by_text("What was recorded on this device has been delivered.")).to_be_visible()
    expect(kept.get_by_role("link", name="Gone meanwhile")).to_be_visible()
    assert maren.sessions.get().gaps.delivered().exists()


def test_without_a_key_it_says_what_to_do(kept: Page) -> None:
    kept.evaluate("""import("app/dictation/tape/store").then(async ({ TapeStore }) => {
      const store = await TapeStore.open();
      await store.forgetKey();
      store.close();
    })""")
    go_offline(kept)
    kept.get_by_role("button", name="Start", exact=True).click()
    expect(kept.locator("#outage")).to_have_text(
        "Not connected. To record on this device without a connection, log in here once while there is one."
    )
    assert kept.evaluate(BLOCKS) == []


def test_what_is_kept_tells_nothing_and_goes_with_the_login(
    kept: Page, maren: User, live_server: Any
) -> None:
    context: BrowserContext = kept.context
    page = kept.evaluate("fetch('/offline/').then((answer) => answer.text())")
    for secret in (maren.email, maren.first_name, "csrfmiddlewaretoken", *maren.vocabulary):
        assert secret not in page
    assert 'name="csrf-token" content=""' in page
    account = kept.evaluate(HELD)
    assert account
    # Somebody else logs in over it: their page holds their own key only.
    other = make_user("jonas")
    context.add_cookies([login(other, live_server)])
    kept.goto("/")
    until(lambda: kept.evaluate(HELD) not in (None, account), "the key is that of the other")
    # The login ends: nothing can be opened or recorded any more.
    context.clear_cookies()
    kept.goto("/")
    expect(kept.get_by_label("Password", exact=True)).to_be_visible()
    until(lambda: kept.evaluate(KEPT) == [], "the page is forgotten")
    context.set_offline(True)
    with pytest.raises(Exception, match="ERR_"):
        kept.goto("/")
    # The browser's own page about that is still on its way.
    kept.wait_for_url("chrome-error://chromewebdata/")


def test_another_account_neither_sees_nor_delivers_it(kept: Page, maren: User, live_server: Any) -> None:
    go_offline(kept)
    dictate(kept, "A secret")
    other = make_user("jonas")
    kept.context.add_cookies([login(other, live_server)])
    kept.context.set_offline(False)
    expect(kept.get_by_text("jonas").first).to_be_attached()
    until(lambda: kept.evaluate(HELD), "their key is held")
    kept.goto("/")
    kept.wait_for_load_state("networkidle")
    assert Session.objects.count() == 0
    assert len(kept.evaluate(BLOCKS)) >= 3
    kept.context.add_cookies([login(maren, live_server)])
    kept.goto("/")
    expect(kept.get_by_role("link", name="A secret")).to_be_visible()
    assert maren.sessions.get().title == "A secret"


def test_logging_out_says_first_what_it_deletes(kept: Page, maren: User) -> None:
    go_offline(kept)
    dictate(kept, "Never delivered")
    page = kept.context.new_page()
    kept.close()
    page.context.set_offline(False)
    page.goto("/settings/")
    page.locator(".head-account").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "is on this device only, and is deleted when you log out."
    )
    page.get_by_role("main").get_by_role("button", name="Log out").click()
    expect(page.get_by_label("Password", exact=True)).to_be_visible()
    until(lambda: page.evaluate(KEPT) == [], "the page is forgotten")
    assert page.evaluate(BLOCKS) == []
