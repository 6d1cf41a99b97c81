"""Two browsers in one dictation, each with its microphone: the desk, and a phone that has joined by its link."""

import base64
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from captions.benchmarks.livetest.wer import normalise
from tests.e2e.conftest import Dictation, Speaker, log_in
from tests.e2e.product import Product
from tests.speech_data import load_pcm, load_reference, to_wav

pytestmark = pytest.mark.browser

DESK, PHONE = "note-en-us", "note-f2"
# A microphone that plays a recording from a moment on that the test names, so that two hear it at the same time.
_SAME_MOMENT = """(() => {
  const bytes = Uint8Array.from(atob("%s"), (each) => each.charCodeAt(0));
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext();
    const sound = context.createMediaStreamDestination();
    // Without a source nothing would be sent, not even silence.
    const silence = new ConstantSourceNode(context, { offset: 0 });
    silence.connect(sound);
    silence.start();
    const buffer = await context.decodeAudioData(bytes.slice().buffer);
    window.play = (at) => {
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(sound);
      source.start(context.currentTime + (at - Date.now()) / 1000);
    };
    return sound.stream;
  };
})()"""


def _same_moment(recording: str, folder: Path) -> str:
    wav = to_wav(load_pcm(recording), folder / "same.wav")
    return _SAME_MOMENT % base64.b64encode(Path(wav).read_bytes()).decode()


def _join(dictation: Dictation, phone: Browser, mode: str, script: str = "") -> Page:
    """Lets a phone join as people do, which sends its sound from then on."""
    desk = dictation.page
    # It is in the menu, behind the name of the account.
    desk.locator("#add-phone").evaluate("button => button.click()")
    desk.get_by_label(mode).check()
    expect(desk.locator("#joining-link")).to_have_text(re.compile("/join/"))
    context = phone.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    page = context.new_page()
    if script:
        page.add_init_script(script)
    page.goto(desk.locator("#joining-link").inner_text())
    page.get_by_role("button", name="Join").click()
    page.get_by_role("button", name="Turn on the microphone").click()
    expect(page.locator("#state")).to_have_text("Listening", timeout=30_000)
    expect(desk.get_by_text("A phone has joined, and we hear it.")).to_be_visible(timeout=30_000)
    desk.get_by_role("button", name="Close", exact=True).click()
    return page


def _rows(page: Page) -> list[str]:
    return [text for text in page.locator("#log [data-text]").all_text_contents() if text]


def _settled(dictation: Dictation, phone: Page) -> None:
    """Both have shown all that was said."""
    dictation.stop()
    expect(phone.locator("#state")).to_have_text("Stopped", timeout=30_000)
    assert _rows(phone) == dictation.rows()


def test_in_separate_the_words_of_both_are_there(product: Product, maren: str, speaker: Speaker) -> None:
    dictation = log_in(speaker(DESK), product, maren)
    dictation.press("Start")
    expect(dictation.status).to_have_text("Listening")
    phone = _join(dictation, speaker(PHONE), "Separate")
    dictation.expect_said("document")
    dictation.expect_said("camera")
    expect(phone.locator("#log")).to_contain_text("camera", timeout=60_000)
    _settled(dictation, phone)


def test_in_switch_what_both_hear_is_written_once(
    product: Product, maren: str, speaker: Speaker, tmp_path: Path
) -> None:
    script = _same_moment(DESK, tmp_path)
    dictation = log_in(speaker(DESK), product, maren)
    dictation.page.add_init_script(script)
    dictation.page.reload()
    dictation.press("Start")
    expect(dictation.status).to_have_text("Listening")
    phone = _join(dictation, speaker(DESK), "Switch", script)
    # The phone stands a little further away.
    at = time.time() * 1000 + 1_000
    dictation.page.evaluate("at => play(at)", at)
    phone.evaluate("at => play(at + 80)", at)
    dictation.expect_said("document")
    _settled(dictation, phone)
    heard, said = normalise(dictation.text()), normalise(load_reference(DESK).text)
    for word in ("medicine", "december", "contract", "document"):
        assert heard.count(word) <= 1, dictation.text()
    assert len(heard) < 1.2 * len(said), dictation.text()


def test_the_dictation_goes_on_without_the_phone(product: Product, maren: str, speaker: Speaker) -> None:
    dictation = log_in(speaker(DESK), product, maren)
    dictation.press("Start")
    expect(dictation.status).to_have_text("Listening")
    phone = _join(dictation, speaker(PHONE), "Mix")
    phone.get_by_role("button", name="Leave").click()
    expect(phone.locator("#state")).to_have_text("Stopped")
    dictation.expect_said("document")
    assert dictation.status.inner_text() == "Listening"
    dictation.stop()
