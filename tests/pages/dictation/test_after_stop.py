"""The dictation page after Stop: its title, and how the same dictation goes on."""

import re
from collections.abc import Callable

from django.utils import timezone
from playwright.sync_api import Page, expect

from captions.models import Session, User
from tests.factories import make_ended_session, make_utterance
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, WIDE, arrange, said, start, tell, until_said

Dictation = Callable[..., Page]
SAID = "The night ferry leaves."


def stop(page: Page) -> Session:
    """Presses Stop once the dictation has a sentence; returns it as a worker would have left it."""
    session = Session.objects.get()
    make_utterance(session, SAID, start_ms=4_000)
    Session.objects.update(ended_at=timezone.now(), clock_ms=12_000, settled_ms=12_000, gen=1, last_seq=1)
    tell(page, "final", 1, SAID)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#state")).to_have_text("Saved")
    session.refresh_from_db()
    return session


# Where the first sentence stands without a title, and with as long a one as is proposed.
_TOPS_OF_THE_TEXT = """() => {
  const title = document.querySelector("#title");
  const before = title.value;
  const tops = ["", "I would then, leisure to consider how much there might be of"].map((text) => {
    title.value = text;
    title.classList.toggle("unset", text !== "");
    return document.querySelector("#log .row").getBoundingClientRect().top;
  });
  title.value = before;
  return tops;
}"""


def _dock_stays_in_its_place(page: Page) -> None:
    """And whatever the status says is not cut."""
    top, tops = page.evaluate("""() => {
      const [dock, state, detail] = [".dock", "#state", "#detail"].map((each) => document.querySelector(each));
      const texts = [state.textContent, detail.textContent];
      const top = () => dock.getBoundingClientRect().top;
      const before = top();
      const tops = [
        ["Saved", ""],
        ["Microphone not working", "Another program may be using it"],
        ["No speech detected yet", "No sound from Fake Default Audio Input"],
        ["Saved", "12:41 · 134 sentences saved, no recording"],
      ].map((each) => {
        [state.textContent, detail.textContent] = each;
        const line = state.parentElement;
        const isCut = detail.scrollHeight > detail.clientHeight || line.scrollWidth > line.clientWidth;
        return isCut ? each[0] : top();
      });
      [state.textContent, detail.textContent] = texts;
      return [before, tops];
    }""")
    assert tops == [top] * 4


def test_a_dictation_goes_on_after_its_end(dictation: Dictation) -> None:
    page = dictation()
    start(page)
    session = stop(page)
    address = page.url
    title = page.get_by_label("Title")
    expect(title).to_have_value("The night ferry leaves")
    expect(title).to_have_attribute("lang", "en")
    expect(page).to_have_title(re.compile("^The night ferry leaves"))
    assert not Session.objects.get().title, "nobody has given it"
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        without, proposed = page.evaluate(_TOPS_OF_THE_TEXT)
        assert without == proposed
        _dock_stays_in_its_place(page)
    expect(page.get_by_role("button", name="Start new", exact=True)).to_be_visible()
    assert violations(page) == []

    arrange(page, ready=page.evaluate("({...server.ready, gen: 2, clock_ms: 12000, last_seq: 1})"))
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.locator("#state")).to_have_text("Listening")
    assert said(page) == ["offer", "stop", "offer"]
    assert page.evaluate("server.heard.at(-1).gen ?? server.heard.findLast((each) => each.gen).gen") == 3
    session.refresh_from_db()
    assert (session.state, session.continuations) == ("new", 1)
    rows = page.get_by_role("log").locator("[data-seq]")
    expect(rows).to_have_text([re.compile(SAID)])
    expect(page.get_by_role("link", name="Open transcript")).to_be_hidden()
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_hidden()
    tell(page, "final", 2, "It is late.", {"start_ms": 12_500})
    expect(rows).to_have_count(2)
    assert page.url == address
    expect(title).to_have_value("The night ferry leaves")

    # A reload goes on with it.
    page.reload()
    expect(page.locator("#state")).to_have_text("Listening")
    assert said(page) == ["offer"]
    page.get_by_role("button", name="Stop").click()
    title.fill("Ferries")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("^Ferries"))
    title.fill("")
    page.keyboard.press("Enter")
    expect(title).to_have_value("The night ferry leaves")


def test_sentences_are_corrected_on_the_same_page(dictation: Dictation, maren: User) -> None:
    session = make_ended_session(maren, ["The night ferry leaves at nine.", "It is late."], clock_ms=12_000)
    page = dictation(f"/?session={session.pk}")
    title, log = page.get_by_label("Title"), page.get_by_role("log")
    rows = log.locator("[data-seq]:not([hidden])")
    page.get_by_role("link", name="Edit 0:00").click()
    field = page.get_by_label("Text at 0:00")
    expect(field).to_be_focused()
    expect(log).to_have_attribute("aria-live", "off")
    assert violations(page) == []
    field.fill("The day ferry leaves at nine.")
    expect(page.get_by_text("✓ Saved")).to_be_visible()
    expect(title).to_have_value("The day ferry leaves at nine")
    assert session.utterances.get(seq=1).text == "The day ferry leaves at nine."
    expect(page.locator(".correction")).to_contain_text("night was changed to day.")

    field.evaluate("each => each.setSelectionRange(21, 21)")
    page.keyboard.press("Control+Enter")
    expect(rows).to_have_count(3)
    assert rows.nth(1).get_attribute("data-seq") == "3", "in the order of time"
    page.keyboard.press("Control+z")
    expect(rows).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Text at 0:02")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Edit 0:02")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("link", name="Edit 0:00")).to_be_focused()

    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.locator("#state")).to_have_text("Listening")
    expect(log.get_by_role("link")).to_have_count(0)
    expect(rows).to_have_count(2)
    expect(field).to_be_hidden()


def test_what_the_server_refuses_to_continue_stays_as_it_is(dictation: Dictation, maren: User) -> None:
    session = make_ended_session(maren, [SAID], clock_ms=12_000)
    page = dictation(f"/?session={session.pk}", viewport=NARROW)
    expect(page.get_by_label("Title")).to_have_value("The night ferry leaves")
    for name in ("Start new", "Continue"):
        button = page.get_by_role("button", name=name, exact=True)
        assert button.evaluate("each => each.scrollWidth <= each.clientWidth"), "nothing is cut"
    # What cannot be loaded continues nothing.
    page.route("**/live-dictation*.js", lambda route: route.abort())
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.locator("#outage")).to_contain_text("The server cannot be reached.")
    session.refresh_from_db()
    assert (session.state, session.continuations) == ("ended", 0)
    page.unroute("**/live-dictation*.js")
    page.reload()
    arrange(page, answers=False)
    page.get_by_role("button", name="Continue", exact=True).click()
    sentence = "You have 2 dictations running. Stop one of them first."
    until_said(page, ["offer"])
    error = {"type": "error", "code": "too_many_sessions", "message": sentence, "retryable": False}
    running = [{"session": str(session.pk), "title": title} for title in ("The ferry", "Untitled")]
    tell(page, "say", error | {"running": running})
    expect(page.locator("#outage")).to_have_text(f"{sentence} The ferry · Untitled")
    link = page.get_by_role("link", name="The ferry")
    expect(link).to_have_attribute("href", f"/?session={session.pk}")
    assert said(page) == ["offer", "stop"], "it is ended again"
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_visible()
    Session.objects.update(source="file", ended_at=timezone.now())
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.locator("#outage")).to_contain_text("Only a dictation can be continued.")
    page.reload()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Continue", exact=True)).to_be_hidden()
