"""What happens to a dictation when its microphone goes away, is muted, is taken by another program or gets worse."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from captions.models import User
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, SCRIPTED_SERVER, OpenPage, arrange, said, start, tell
from tests.processes import until

MICROPHONES = Path(__file__).with_name("microphones.js").read_text()

Open = Callable[..., Page]


@pytest.fixture
def open_with(open_page: OpenPage, maren: User) -> Open:
    """Opens the dictation page with a scripted server and scripted microphones."""
    return lambda **options: open_page(
        "/", maren, script=SCRIPTED_SERVER.read_text() + MICROPHONES, **options
    )


def plug(page: Page, *present: str) -> None:
    page.evaluate("(present) => microphones.plug(...present)", list(present))


def heard(page: Page) -> float:
    """The loudest frequency that the server hears, in hertz; 0 in silence."""
    found: float = page.evaluate("""async () => {
      const context = new AudioContext();
      const receiver = [...server.peers.values()].at(-1).getReceivers()[0];
      const source = context.createMediaStreamSource(new MediaStream([receiver.track]));
      const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
      source.connect(analyser);
      await new Promise((resolve) => setTimeout(resolve, 700));
      const bins = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(bins);
      const loudest = bins.indexOf(Math.max(...bins));
      const hertz = bins[loudest] < -70 ? 0 : (loudest * context.sampleRate) / analyser.fftSize;
      await context.close();
      return hertz;
    }""")
    return found


def test_a_headset_goes_and_comes_back(open_with: Open) -> None:
    page = open_with()
    start(page)
    tell(page, "media", "live", 1, {"clock_ms": 51_000})
    assert heard(page) == pytest.approx(300, abs=20)
    plug(page)
    state, detail, outage = page.locator("#state"), page.locator("#detail"), page.locator("#outage")
    expect(state).to_have_text("No microphone")
    expect(detail).to_have_text(re.compile(r"^Not recorded since 0:5\d$"))
    since = detail.inner_text().removeprefix("Not recorded since ")
    expect(outage).to_have_text(
        f"No microphone: what you say is not recorded, since {since}. "
        "Connect one, and the dictation goes on by itself."
    )
    assert violations(page) == []
    assert heard(page) == 0
    # It is tried again by itself, whether or not the browser tells of it.
    page.evaluate("microphones.present = ['desk']")
    expect(state).to_have_text("Listening")
    expect(outage).to_contain_text(f"What you said from {since} to ")
    assert heard(page) == pytest.approx(300, abs=20)

    plug(page)
    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text("Paused")
    expect(detail).to_have_text("Connect a microphone")
    page.get_by_role("button", name="Resume").click()
    expect(state).to_have_text("No microphone")
    plug(page, "headset")
    expect(state).to_have_text("Listening")
    assert heard(page) == pytest.approx(500, abs=20)
    expect(outage).to_contain_text("The microphone is now Headset.")
    assert said(page) == ["offer", "pause", "resume"], "all in the same connection"

    plug(page)
    page.get_by_role("button", name="Stop").click()
    expect(state).to_have_text("Saved")
    # Each stays told in its place in the text, a pause within one or none.
    gaps = page.locator("#log .row small")
    told = re.compile(rf"^(What you said from {since} to 0:5\d was|Some words at 0:5\d were) not recorded\.$")
    expect(gaps).to_have_count(3)
    expect(gaps.first).to_have_text(told)
    told_to_server = page.evaluate("server.heard.findLast(each => each.type === 'outages').ranges")
    assert len(told_to_server) == 3
    assert page.evaluate("server.heard.at(-1).type") == "stop"
    assert violations(page) == []


def test_the_chosen_microphone_is_used_again_when_it_is_back(open_with: Open) -> None:
    page = open_with()
    plug(page, "desk", "headset")
    page.get_by_label("Microphone", exact=True).select_option("Headset")
    start(page)
    outage, chosen = page.locator("#outage"), page.get_by_label("Microphone", exact=True)
    plug(page, "desk")
    expect(outage).to_contain_text("Headset is not connected. Desk microphone is used until it is back.")
    expect(chosen).to_have_value("desk")
    assert heard(page) == pytest.approx(300, abs=20)
    plug(page, "desk", "headset")
    expect(outage).to_contain_text("The microphone is now Headset.")
    expect(chosen).to_have_value("headset")
    expect(page.locator("#state")).to_have_text("Listening")


def test_a_new_default_is_followed_unless_another_was_chosen(open_with: Open) -> None:
    page = open_with()
    start(page)
    plug(page, "headset", "desk")
    expect(page.locator("#outage")).to_have_text("The microphone is now Headset.")
    assert heard(page) == pytest.approx(500, abs=20)


def test_muted_taken_and_of_telephone_quality(open_with: Open) -> None:
    page = open_with(viewport=NARROW)
    start(page)
    state, outage = page.locator("#state"), page.locator("#outage")
    page.evaluate("microphones.mute(true)")
    expect(state).to_have_text("Microphone muted")
    expect(outage).to_contain_text("The microphone is muted: what you say is not recorded, since 0:0")
    page.evaluate("microphones.mute(false)")
    expect(state).to_have_text("Listening")
    page.evaluate("microphones.hertz = 8000")
    expect(outage).to_contain_text("The microphone sends telephone quality")
    page.evaluate("microphones.hertz = 48000")
    expect(outage).not_to_contain_text("telephone")
    page.evaluate("microphones.take()")
    expect(state).to_have_text("Microphone not working")
    expect(outage).to_contain_text("Another program may be using it.")
    dock = page.locator("#status")
    for part in (dock.locator(".status-state"), dock.locator("#detail")):
        assert part.evaluate("each => each.scrollWidth <= each.clientWidth"), "nothing is cut"
    page.evaluate("microphones.isBusy = false")
    expect(state).to_have_text("Listening")


def test_pause_resume_and_stop_work_while_reconnecting(open_with: Open) -> None:
    page = open_with()
    start(page)
    arrange(page, accepts=False)
    tell(page, "drop")
    state = page.locator("#state")
    expect(state).to_have_text("Reconnecting")
    page.get_by_role("button", name="Pause").click()
    expect(state).to_have_text("Paused")
    expect(page.locator("#detail")).to_have_text("Connecting again")
    page.get_by_role("button", name="Resume").click()
    expect(state).to_have_text("Reconnecting")
    page.get_by_role("button", name="Pause").click()
    arrange(page, accepts=True)
    page.evaluate("server.ready = {...server.ready, state: 'live', gen: 1}")
    until(lambda: said(page)[-1] == "pause", "the page asks for the pause")
    arrange(page, accepts=False)
    tell(page, "drop")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#outage")).to_contain_text("will be stopped and saved once it can be reached.")
    arrange(page, accepts=True)
    expect(state).to_have_text("Saved")
