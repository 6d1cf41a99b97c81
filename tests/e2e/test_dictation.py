"""The main job, whole, in a real browser with a real voice: speak, read, reload, find, export."""

import re
from collections.abc import Callable
from itertools import pairwise

import pysrt
import pytest
import srt
from playwright.sync_api import Browser, expect

from tests.audio import load_reference
from tests.e2e.conftest import errors, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.e2e.sound import assert_heard_where_written

pytestmark = pytest.mark.browser

Speaker = Callable[[str], Browser]


def test_speak_read_reload_find_and_export(product: Product, maren: str, speaker: Speaker) -> None:
    maren_page = log_in(speaker("note-en-us"), product, maren)
    page = maren_page.page
    page.get_by_label("Title").fill("Morning note")
    maren_page.press("Start")
    expect(maren_page.tail).to_contain_text(re.compile(r"\w"), timeout=15_000)
    assert maren_page.finals.count() == 0, "partials come before the first final"
    maren_page.expect_finals(6)
    maren_page.stop()
    spoken = maren_page.text()
    assert errors("note-en-us", spoken) <= allowed_errors("note-en-us"), spoken
    assert maren_page.complaints == []

    session = maren_page.session
    saved = product.finals(session)
    assert [seq for seq, *_ in saved] == [1, 2, 3, 4, 5, 6]
    assert " ".join(text for *_, text in saved) == spoken

    page.reload()
    maren_page.expect_finals(6)
    assert maren_page.text() == spoken

    page.goto("/sessions/")
    expect(page.get_by_role("main")).to_contain_text("Morning note")
    page.get_by_role("searchbox").fill("medicine")
    hit = page.locator("mark").first
    expect(hit).to_have_text("medicine")

    reply = page.request.get(f"/sessions/{session}/export.srt")
    assert reply.headers["content-disposition"].startswith("attachment")
    body = reply.body().decode("utf-8")
    cues = list(srt.parse(body))
    # A sentence that is said fast is more than one cue.
    said = " ".join(text for *_, text in saved)
    assert " ".join(" ".join(cue.content for cue in cues).split()) == said
    assert {row[1] for row in saved} <= {round(cue.start.total_seconds() * 1000) for cue in cues}
    assert " ".join(" ".join(cue.text for cue in pysrt.from_string(body)).split()) == said
    plain = page.request.get(f"/sessions/{session}/export.txt").body().decode("utf-8")
    for *_, text in saved:
        assert text in plain

    assert_heard_where_written(product, page, session)
    page.goto(f"/sessions/{session}/")
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator(".row.playing")).to_have_count(1, timeout=10_000)

    other = log_in(page.context.browser or speaker("note-f2"), product, product.add_user("second"))
    for path in ("", "export.srt", "export.txt", "export.json", "export.vtt", "sound/"):
        assert other.page.request.get(f"/sessions/{session}/{path}").status == 404
    assert other.page.goto(f"/?session={session}").status == 404  # type: ignore[union-attr]
    other.page.goto("/sessions/?q=medicine")
    expect(other.page.get_by_role("main")).not_to_contain_text("noon")


def test_two_voices_at_once_do_not_mix(product: Product, maren: str, speaker: Speaker) -> None:
    recordings = {"note-en-us": maren, "note-f2": product.add_user("frank")}
    pages = {name: log_in(speaker(name), product, user) for name, user in recordings.items()}
    for dictation in pages.values():
        dictation.press("Start")
    for name, dictation in pages.items():
        dictation.expect_finals(len(load_reference(name).sentences), 45)
    for name, dictation in pages.items():
        dictation.stop()
        assert errors(name, dictation.text()) <= allowed_errors(name), dictation.text()


def test_a_reload_in_mid_session_goes_on(product: Product, maren: str, speaker: Speaker) -> None:
    dictation = log_in(speaker("note-en-us"), product, maren)
    dictation.press("Start")
    dictation.expect_finals(2)
    session = dictation.session
    before = dictation.text()
    dictation.page.reload()
    # A new getUserMedia plays the recording from its beginning.
    expect(dictation.status).to_have_text("Listening", timeout=15_000)
    assert dictation.session == session
    assert dictation.text().startswith(before)
    dictation.expect_finals(4)
    dictation.stop()
    saved = product.finals(session)
    assert [seq for seq, *_ in saved] == list(range(1, len(saved) + 1))
    starts = [start for _, start, *_ in saved]
    assert starts == sorted(starts)
    for (*_, end, _), (_, start, *_) in pairwise(saved):
        assert start >= end - 300, "the clock goes on after the reload"


def test_pause_stops_clock_and_recording(product: Product, maren: str, speaker: Speaker) -> None:
    dictation = log_in(speaker("note-en-us"), product, maren)
    dictation.press("Start")
    dictation.expect_finals(1)
    dictation.press("Pause")
    expect(dictation.status).to_have_text("Paused")
    dictation.page.wait_for_timeout(6_000)
    paused_with = dictation.finals.count()
    assert paused_with <= 2, "only what was said before the pause"
    dictation.press("Resume")
    expect(dictation.status).to_have_text("Listening", timeout=5_000)
    dictation.expect_finals(paused_with + 2)
    dictation.stop()
    saved = product.finals(dictation.session)
    assert saved[-1][2] < 16_000, "the pause is not on the clock"
