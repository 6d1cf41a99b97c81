"""The sound of a tab or of the computer beside the microphone: how it is shared, sent and shown."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from captions.models import User
from tests.pages.axe import violations
from tests.pages.conftest import SCRIPTED_SERVER, OpenPage, said, start, tell
from tests.processes import until

HERE = Path(__file__).parent
SCRIPTS = [SCRIPTED_SERVER, HERE / "microphones.js", HERE / "shared_sound.js"]

SHARE, END = "Also record a tab or this computer", "Stop sharing"


@pytest.fixture
def page(open_page: OpenPage, maren: User) -> Page:
    return open_page("/", maren, script="".join(path.read_text() for path in SCRIPTS))


def heard(page: Page) -> list[float]:
    """The loudest frequencies that the server hears in each of the two channels, in hertz; 0 in silence."""
    found: list[float] = page.evaluate("""async () => {
      const context = new AudioContext();
      const receiver = [...server.peers.values()].at(-1).getReceivers()[0];
      const source = context.createMediaStreamSource(new MediaStream([receiver.track]));
      const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
      source.connect(splitter);
      const analysers = [0, 1].map((channel) => {
        const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
        splitter.connect(analyser, channel);
        return analyser;
      });
      await new Promise((resolve) => setTimeout(resolve, 700));
      const loudest = analysers.map((analyser) => {
        const bins = new Float32Array(analyser.frequencyBinCount);
        analyser.getFloatFrequencyData(bins);
        const index = bins.indexOf(Math.max(...bins));
        return bins[index] < -70 ? 0 : (index * context.sampleRate) / analyser.fftSize;
      });
      await context.close();
      return loudest;
    }""")
    return found


def expect_heard(page: Page, *hertz: int) -> None:
    wanted = [pytest.approx(each, abs=20) for each in hertz]
    until(lambda: heard(page) == wanted, f"{hertz} are heard", 20)


def offers(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(
        "server.heard.filter((each) => each.type === 'offer').map((each) => each.settings.shared ?? false)"
    )
    return found


def test_both_are_sent_apart_for_as_long_as_something_is_shared(page: Page) -> None:
    start(page)
    outage, share, sign = page.locator("#outage"), page.locator("#share"), page.locator("#sharing")
    expect(sign).to_be_hidden()
    # One channel, as both ears hear it.
    expect_heard(page, 300, 300)
    share.evaluate("button => button.click()")
    expect(outage).to_have_text("What you share is recorded too. Tell the others that you record them.")
    expect(share).to_have_text(END)
    expect(sign).to_contain_text("You share the sound of a tab.")
    expect_heard(page, 300, 900)
    assert violations(page) == []
    # Of the picture nothing is wanted.
    assert page.evaluate("sharing.streams[0].video.readyState") == "ended"
    assert offers(page) == [False, True]

    page.evaluate("microphones.plug()")
    expect(page.locator("#state")).to_have_text("No microphone")
    expect_heard(page, 0, 900)
    page.evaluate("microphones.plug('headset')")
    expect_heard(page, 500, 900)
    assert page.evaluate("microphones.hasEchoCancelled")
    page.get_by_role("button", name="Pause").click()
    expect_heard(page, 0, 0)
    expect(sign).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect_heard(page, 500, 900)

    page.evaluate("sharing.end()")
    expect(outage).to_have_text("Sharing has ended. From now on only your microphone is recorded.")
    expect(share).to_have_text(SHARE)
    expect(sign).to_be_hidden()
    expect_heard(page, 500, 0)
    page.evaluate("sharing.hertz = 1200")
    page.evaluate("sharing.isCancelling = true")
    share.evaluate("button => button.click()")
    expect_heard(page, 500, 1200)
    sign.get_by_role("button", name=END).click()
    expect(sign).to_be_hidden()
    expect(page.get_by_role("button", name="Pause")).to_be_focused()
    expect_heard(page, 500, 0)
    share.evaluate("button => button.click()")
    expect_heard(page, 500, 1200)
    assert offers(page) == [False, True], "all in the same connection"

    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("#state")).to_have_text("Saved")
    expect(sign).to_be_hidden()
    assert page.evaluate("sharing.streams.every(({ audio }) => audio.readyState === 'ended')")


def test_channels_that_cancel_are_heard_from_one_of_them(page: Page) -> None:
    page.evaluate("microphones.channels = 'cancelling'")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#state")).to_have_text("Listening")
    expect_heard(page, 300, 300)
    # With the echo, the browser would take everything away.
    page.locator("#share").evaluate("button => button.click()")
    expect_heard(page, 300, 900)
    assert not page.evaluate("microphones.hasEchoCancelled")
    page.evaluate("microphones.channels = 'alike'; microphones.plug('headset')")
    until(lambda: page.evaluate("microphones.hasEchoCancelled"), "the echo is taken away", 20)
    expect_heard(page, 500, 900)


def test_what_is_shared_stands_apart(page: Page) -> None:
    start(page)
    tell(page, "final", 1, "Alone.", {"start_ms": 0, "utterance": "u0"})
    expect(page.locator("#log .row")).to_have_count(1)
    expect(page.locator(".who")).to_have_count(0)
    tell(page, "partial", "u1", "", "I begin", 2000)
    tell(page, "partial", "u2", "", "They answer", 2500, {"shared": True})
    tail = page.locator("#tail .row")
    assert [row.inner_text().split("\n")[-1].strip() for row in tail.all()] == ["I begin", "They answer"]
    expect(tail.locator(".who")).to_have_text(["Microphone", "Shared sound"])
    tell(page, "final", 2, "They answer.", {"start_ms": 2500, "utterance": "u2", "shared": True})
    tell(page, "final", 3, "I begin.", {"start_ms": 2000, "utterance": "u1"})
    rows = page.locator("#log .row")
    expect(rows.locator(".who")).to_have_text(["Microphone", "Microphone", "Shared sound"])
    # Seen where it changes.
    assert [each.is_visible() for each in rows.locator(".who").all()] == [True, False, True]
    words = [row.locator(".words").bounding_box() for row in rows.all()]
    assert words[0]
    assert words[2]
    assert words[0]["x"] == words[2]["x"]
    assert violations(page) == []


def test_a_choice_without_sound_says_so_and_the_dictation_goes_on(page: Page) -> None:
    page.evaluate("sharing.hasSound = false")
    # Before Start as well.
    page.get_by_role("button", name=SHARE).click()
    outage = page.locator("#outage")
    expect(outage).to_contain_text("No sound came with what you chose.")
    assert page.evaluate("sharing.streams[0].video.readyState") == "ended"
    page.evaluate("sharing.hasSound = true")
    page.get_by_role("button", name=SHARE).click()
    expect(page.locator("#checks")).to_contain_text("Tell the others that you record them.")
    start(page)
    expect_heard(page, 300, 900)
    # The server has no room for it.
    page.evaluate(
        "server.say({ type: 'error', code: 'no_room_to_share', message: 'No room.', retryable: false })"
    )
    expect(outage).to_have_text("No room.")
    expect_heard(page, 300, 300)
    assert offers(page)[-1] is False
    expect(page.locator("#state")).to_have_text("Listening")
    # They change their mind; others have a browser that shares pictures only.
    page.evaluate("sharing.error = ['Permission denied', 'NotAllowedError']")
    page.locator("#share").evaluate("button => button.click()")
    expect(outage).to_have_text("No room.")
    page.evaluate("navigator.mediaDevices.getSupportedConstraints = () => ({ channelCount: true })")
    page.locator("#share").evaluate("button => button.click()")
    expect(outage).to_have_text("This browser cannot share sound. Chrome and Edge can, on a computer.")
    assert page.evaluate("sharing.streams.length") == 2
    assert "stop" not in said(page)
