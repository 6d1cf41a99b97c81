"""The main job, whole, in a real browser with a real voice: speak, read, reload, find, export."""

import re

import pysrt
import pytest
import srt
from playwright.sync_api import expect

from tests.e2e.conftest import Speaker, errors, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.e2e.sound import assert_heard_where_written
from tests.processes import until
from tests.real_speech import needs_real_speech, spoken

pytestmark = pytest.mark.browser


def test_speak_read_reload_find_and_export(
    product: Product, maren: str, speaker: Speaker, model: str
) -> None:
    maren_page = log_in(speaker("note-en-us"), product, maren)
    page = maren_page.page
    page.get_by_label("Title").fill("Morning note")
    maren_page.press("Start")
    # Partials come before the first final.
    expect(page.locator("body:not(:has([data-seq])) #tail")).to_contain_text(re.compile(r"\w"))
    maren_page.expect_said("document")
    maren_page.stop()
    spoken = maren_page.text()
    assert errors("note-en-us", spoken) <= allowed_errors("note-en-us", model), spoken
    assert maren_page.complaints == []

    session = maren_page.session
    saved = product.finals(session)
    assert [seq for seq, *_ in saved] == list(range(1, len(saved) + 1))
    assert len(saved) >= 3, "six sentences, some of which a small model may hear as one"
    assert " ".join(text for *_, text in saved) == spoken

    page.reload()
    maren_page.expect_finals(len(saved))
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
    expect(page.locator(".row.playing")).to_have_count(1)

    other = log_in(page.context.browser or speaker("note-f2"), product, product.add_user("second"))
    for path in ("", "export.srt", "export.txt", "export.json", "export.vtt", "sound/"):
        assert other.page.request.get(f"/sessions/{session}/{path}").status == 404
    assert other.page.goto(f"/?session={session}").status == 404  # type: ignore[union-attr]
    other.page.goto("/sessions/?q=medicine")
    expect(other.page.get_by_role("main")).not_to_contain_text("noon")


@needs_real_speech
def test_a_person_is_understood(product: Product, maren: str, speaker: Speaker) -> None:
    recording = spoken("en_libri_quilter")
    dictation = log_in(speaker(recording), product, maren)
    dictation.press("Start")
    expect(dictation.tail).to_contain_text(re.compile(r"\w"))
    expect(dictation.log).to_contain_text(re.compile("gospel", re.IGNORECASE))
    dictation.stop()
    # Of 17 words.
    assert errors(recording, dictation.text()) <= 3, dictation.text()
    assert " ".join(text for *_, text in product.finals(dictation.session)) == dictation.text()
    assert dictation.complaints == []


@needs_real_speech
def test_a_breath_is_not_a_sentence(product: Product, maren: str, speaker: Speaker) -> None:
    recording = spoken("en_libri_2412_paused")
    dictation = log_in(speaker(recording), product, maren)
    dictation.press("Start")
    expect(dictation.page.get_by_role("main")).to_contain_text("reader")
    expect(dictation.log).to_contain_text(re.compile("painful to myself", re.IGNORECASE))
    dictation.stop()
    rows = [text for *_, text in product.finals(dictation.session)]
    # He pauses nine times, and says two sentences.
    assert len(rows) <= 3, rows
    # He takes a breath after "If the reader will excuse me".
    assert rows[0].startswith("If the reader will"), rows
    assert "antecede" in rows[0], rows
    # Of 36 words; which of them the small model hears wrongly depends on how busy the machine is. Each breath heard
    # alone, it is 15 of them.
    assert errors(recording, dictation.text()) <= 12, dictation.text()

    # Heard as a whole it has few wrong words, and the page that is still open says so.
    product.listen_again(dictation.session)
    better = [text for *_, text in product.finals(dictation.session) if text]
    until(lambda: dictation.rows() == better, "the better words are there")
    assert errors(recording, dictation.text()) <= 8, dictation.text()
    assert dictation.complaints == []
