"""Each process is killed in mid-sentence: what was saved stays, once, and the dictation goes on."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from captions.benchmarks.livetest.wer import wer
from tests.e2e.conftest import Dictation, Speaker, errors, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.e2e.sound import assert_heard_where_written
from tests.processes import until
from tests.speech_data import load_reference

pytestmark = pytest.mark.browser


@pytest.fixture
def dictation(product: Product, maren: str, speaker: Speaker) -> Dictation:
    """Someone dictates `note-en-us`: a sentence is saved, the next one is being spoken."""
    return begun(log_in(speaker("note-en-us"), product, maren))


def begun(dictation: Dictation) -> Dictation:
    dictation.press("Start")
    dictation.expect_finals(1)
    expect(dictation.tail.locator(".stable").first).not_to_be_empty()
    return dictation


def long_words(dictation: Dictation) -> list[str]:
    """The words of the sentence being spoken that will not change, without short ones, which any sentence has."""
    return re.findall(r"[^\W\d_]{5,}", " ".join(dictation.tail.locator(".stable").all_text_contents()))


def until_recovered(product: Product, dictation: Dictation) -> None:
    """Waits until no words are missing that the browser has recorded."""

    def is_whole() -> bool:
        product.recover()
        return dictation.log.locator(".missing, .waiting").count() == 0

    until(is_whole, "every word is there", 180)


def assert_dense(product: Product, dictation: Dictation) -> list[str]:
    """The page shows what the database has: every seq once, in the order of time. Returns the texts."""
    saved = product.finals(dictation.session)
    assert sorted(seq for seq, *_ in saved) == list(range(1, len(saved) + 1))
    shown = dictation.log.locator("[data-seq]").evaluate_all(
        "rows => rows.map(row => Number(row.dataset.seq))"
    )
    assert shown == [seq for seq, *_ in saved]
    for (_, _, end, _), (_, start, _, _) in pairwise(saved):
        assert start >= end - 50
    texts = [text for *_, text in saved]
    assert dictation.text() == " ".join(texts)
    return texts


def test_recogniser_killed(product: Product, dictation: Dictation, model: str) -> None:
    product.kill_recogniser()
    dictation.expect_said("document")
    dictation.stop()
    text = " ".join(assert_dense(product, dictation))
    assert errors("note-en-us", text) <= allowed_errors("note-en-us", model), text


def audience_of(dictation: Dictation, product: Product) -> Page:
    """Makes a share link of what is being dictated, in a second window; opens it where nobody is logged in."""
    context = dictation.page.context
    page = context.new_page()
    page.goto(f"{product.url}/captions/running/")
    page.get_by_role("button", name="Make a link").click()
    assert context.browser
    audience = context.browser.new_context().new_page()
    audience.goto(page.locator("#link").inner_text())
    return audience


def test_web_killed(product: Product, dictation: Dictation, model: str) -> None:
    """The sound goes on; neither who dictates nor the audience misses anything, or has it twice, when it is back."""
    audience = audience_of(dictation, product)
    expect(audience.get_by_role("status")).to_have_text("Live now")
    expect(audience.locator("#partials p")).not_to_have_count(0)
    product.kill("web")
    expect(dictation.status).to_have_text("Reconnecting")
    expect(audience.get_by_role("status")).to_contain_text("Connecting again")
    shown = dictation.finals.count()
    until(lambda: len(product.finals(dictation.session)) > shown, "finals are saved without a socket")
    assert dictation.finals.count() == shown
    product.start("web")
    dictation.expect_said("document")
    expect(dictation.status).to_have_text("Listening")
    dictation.stop()
    texts = assert_dense(product, dictation)
    text = " ".join(texts)
    assert errors("note-en-us", text) <= allowed_errors("note-en-us", model), text
    expect(audience.get_by_role("status")).to_have_text("The captions have ended.")
    assert audience.locator("#finals p").all_inner_texts() == texts
    expect(audience.locator("#partials p")).to_have_count(0)


# Long enough for whatever time the next worker takes to start.
LONG = ("note-en-us", "note-en-gb", "note-f2", "fast-m3")


def test_audio_worker_killed(product: Product, maren: str, speaker: Speaker, model: str) -> None:
    """Not a word is missing: what no worker heard was recorded by the browser."""
    dictation = begun(log_in(speaker(*LONG), product, maren))
    before = dictation.text()
    session = dictation.session
    until(lambda: long_words(dictation), "a word of the next sentence is said")
    product.kill("audioworker")
    product.start("audioworker")
    # Whether the page says meanwhile that it records depends on how soon the next worker is there.
    expect(dictation.status).to_have_text("Listening")
    expect(dictation.page.get_by_text("What you say is recorded on this device")).to_be_hidden()
    assert dictation.session == session
    # What was being spoken, and what was said until another worker was there, comes from the browser.
    until(lambda: product.delivered(session), "the browser delivers", 120)
    until_recovered(product, dictation)
    dictation.expect_said("report", 180)
    # A busy machine may lose connections, too.
    until_recovered(product, dictation)
    dictation.stop()
    texts = assert_dense(product, dictation)
    assert " ".join(texts).startswith(before)
    said = " ".join(load_reference(recording).text for recording in LONG)
    found = wer([said], " ".join(texts))
    assert found.errors <= sum(allowed_errors(recording, model) for recording in LONG), texts
    # What both workers heard, the dead one to its last second, is one file on the session's clock.
    assert_heard_where_written(product, dictation.page, session)


def test_worker_drains_on_sigterm(product: Product, dictation: Dictation) -> None:
    """The last words are written before it ends, and the next worker takes the session."""
    assert product.stop("audioworker") == 0
    saved = product.finals(dictation.session)
    assert len(saved) >= 2, "the open sentence was written"
    product.start("audioworker")
    expect(dictation.status).to_have_text("Listening")
    dictation.stop()
    texts = assert_dense(product, dictation)
    assert texts[: len(saved)] == [text for *_, text in saved]
