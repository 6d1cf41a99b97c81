"""Dictations as they go: two at a time, reloaded, paused."""

import base64
import re
import time
from itertools import pairwise

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Dictation, Speaker, errors, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.speech_data import DATA

pytestmark = pytest.mark.browser


def test_two_voices_at_once_do_not_mix(product: Product, maren: str, speaker: Speaker, model: str) -> None:
    recordings = {"note-en-us": maren, "note-f2": product.add_user("frank")}
    last_words = {"note-en-us": "document", "note-f2": "camera"}
    pages = {name: log_in(speaker(name), product, user) for name, user in recordings.items()}
    for dictation in pages.values():
        dictation.press("Start")
    for name, dictation in pages.items():
        dictation.expect_said(last_words[name])
    for name, dictation in pages.items():
        dictation.stop()
        assert errors(name, dictation.text()) <= allowed_errors(name, model), dictation.text()


def test_a_reload_in_mid_session_goes_on(product: Product, maren: str, speaker: Speaker) -> None:
    dictation = log_in(speaker("note-en-us"), product, maren)
    dictation.press("Start")
    dictation.expect_finals(1)
    session = dictation.session
    before = dictation.text()
    dictation.page.reload()
    # A new getUserMedia plays the recording from its beginning.
    expect(dictation.status).to_have_text("Listening")
    assert dictation.session == session
    assert dictation.text().startswith(before)
    dictation.expect_finals(dictation.finals.count() + 1)
    dictation.stop()
    saved = product.finals(session)
    # What was said while the page went is delivered by the next one, behind what is live by then.
    assert sorted(seq for seq, *_ in saved) == list(range(1, len(saved) + 1))
    for (*_, end, _), (_, start, *_) in pairwise(saved):
        assert start >= end - 300, "the clock goes on after the reload"


def test_a_dictation_is_named_corrected_and_continued_where_it_was_stopped(
    product: Product, maren: str, speaker: Speaker
) -> None:
    dictation = log_in(speaker("note-en-us"), product, maren)
    dictation.press("Start")
    dictation.expect_finals(1)
    dictation.stop()
    page, session = dictation.page, dictation.session
    title = page.get_by_label("Title")
    expect(title).not_to_have_value("")
    page.get_by_role("link", name=re.compile("^Edit 0:")).first.click()
    page.get_by_label(re.compile("^Text at 0:")).fill("Crimson porpoises sing.")
    expect(title).to_have_value("Crimson porpoises sing")
    ended_ms = max(end for _, _, end, _ in product.finals(session))
    dictation.press("Continue")
    expect(dictation.status).to_have_text("Listening")
    count = dictation.finals.count()
    dictation.expect_finals(count + 1)
    dictation.stop()
    assert dictation.session == session
    saved = product.finals(session)
    assert sorted(seq for seq, *_ in saved) == list(range(1, len(saved) + 1))
    assert next(text for *_, text in saved if text) == "Crimson porpoises sing."
    assert any(start >= ended_ms for _, start, _, text in saved if text), "the clock goes on after the end"


def clock(dictation: Dictation) -> int:
    """The seconds that the page shows."""
    minutes, seconds = dictation.page.locator("#detail").inner_text().split(" ")[0].split(":")
    return int(minutes) * 60 + int(seconds)


def test_pause_stops_clock_and_recording(product: Product, maren: str, speaker: Speaker) -> None:
    # Several times, since the microphone plays on while a busy machine is slow.
    dictation = log_in(speaker(*["note-en-us"] * 3), product, maren)
    began = time.monotonic()
    dictation.press("Start")
    expect(dictation.tail).to_contain_text(re.compile(r"\w"))
    dictation.press("Pause")
    expect(dictation.status).to_have_text("Paused")
    paused = time.monotonic()
    dictation.page.wait_for_timeout(6_000)
    expect(dictation.log).not_to_contain_text("document")
    count = dictation.finals.count()
    pause = time.monotonic() - paused
    dictation.press("Resume")
    expect(dictation.status).to_have_text("Listening")
    dictation.expect_finals(count + 1)
    dictation.stop()
    listened = time.monotonic() - began - pause
    assert clock(dictation) <= listened + 1, "the pause is not on the clock"
    assert product.finals(dictation.session)[-1][2] / 1000 < listened


SHARED = """
  navigator.mediaDevices.getDisplayMedia = async () => {
    const context = new AudioContext();
    const bytes = Uint8Array.from(atob("%s"), (letter) => letter.charCodeAt(0));
    const source = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes.buffer) });
    const sink = context.createMediaStreamDestination();
    source.connect(sink);
    source.start();
    return sink.stream;
  };
"""


def test_the_sound_of_a_meeting_is_written_down_beside_the_microphone(
    product: Product, maren: str, speaker: Speaker, model: str
) -> None:
    dictation = log_in(speaker("note-en-us"), product, maren)
    sound = base64.b64encode((DATA / "note-f2.flac").read_bytes()).decode()
    dictation.page.add_init_script(SHARED % sound)
    dictation.page.reload()
    dictation.press("Also record a tab or this computer")
    expect(dictation.page.locator("#checks")).to_contain_text("Tell the others")
    dictation.press("Start")
    dictation.expect_said("camera")
    dictation.expect_said("document")
    dictation.stop()
    shared = dictation.log.locator("[data-shared] [data-text]").all_text_contents()
    own = dictation.log.locator(".row:not([data-shared]) [data-text]").all_text_contents()
    # Two sounds keep one processor busy, so that words are cut where the model hears them less well.
    assert errors("note-en-us", " ".join(own)) <= allowed_errors("note-en-us", model) + 3, own
    # It began before the dictation did.
    assert "camera" in " ".join(shared), shared
    starts = [int(row.get_attribute("data-start-ms") or 0) for row in dictation.finals.all()]
    assert starts == sorted(starts)


HEADSET = """
  const media = navigator.mediaDevices;
  const open = media.getUserMedia.bind(media);
  let isThere = true;
  let track;
  media.getUserMedia = async (wish) => {
    if (!isThere) throw new DOMException("", "NotFoundError");
    const stream = await open(wish);
    [track] = stream.getAudioTracks();
    return stream;
  };
  window.headset = (isPlugged) => {
    isThere = isPlugged;
    if (!isPlugged) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
    media.dispatchEvent(new Event("devicechange"));
  };
"""


def test_a_headset_that_is_out_for_a_while_leaves_a_gap_of_that_length(
    product: Product, maren: str, speaker: Speaker
) -> None:
    dictation = log_in(speaker("note-en-us"), product, maren)
    dictation.page.add_init_script(HEADSET)
    dictation.page.reload()
    pressed = time.monotonic()
    dictation.press("Start")
    expect(dictation.status).to_have_text("Listening")
    began = time.monotonic()
    dictation.expect_finals(1)
    session = dictation.session
    dictation.page.evaluate("headset(false)")
    expect(dictation.status).to_have_text("No microphone")
    dictation.page.wait_for_timeout(6_000)
    dictation.page.evaluate("headset(true)")
    expect(dictation.status).to_have_text("Listening")
    dictation.page.wait_for_timeout(2_000)
    shortest = time.monotonic() - began
    dictation.stop()
    longest = time.monotonic() - pressed
    assert dictation.session == session
    assert shortest - 2.5 <= clock(dictation) <= longest + 1
