"""Each process is killed in mid-sentence: what was saved stays, once, and the dictation goes on."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Dictation, errors, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.e2e.sound import assert_heard_where_written
from tests.processes import until

pytestmark = pytest.mark.browser

Speaker = Callable[[str], Browser]


@pytest.fixture
def dictation(product: Product, maren: str, speaker: Speaker) -> Dictation:
    """Someone dictates `note-en-us`: the first sentence is saved, the second one is being spoken."""
    dictation = log_in(speaker("note-en-us"), product, maren)
    dictation.press("Start")
    dictation.expect_finals(1)
    expect(dictation.tail.locator(".stable")).not_to_be_empty(timeout=10_000)
    return dictation


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


def test_recogniser_killed(product: Product, dictation: Dictation) -> None:
    product.kill_recogniser()
    dictation.expect_finals(6, 45)
    dictation.stop()
    text = " ".join(assert_dense(product, dictation))
    assert errors("note-en-us", text) <= allowed_errors("note-en-us"), text


def test_socket_dropped(product: Product, dictation: Dictation) -> None:
    """The web process dies; the sound goes on, and nothing is missing when it is back."""
    product.kill("web")
    expect(dictation.status).to_have_text("Reconnecting", timeout=10_000)
    until(lambda: len(product.finals(dictation.session)) >= 3, "finals are saved without a socket")
    assert dictation.finals.count() < 3
    product.start("web")
    dictation.expect_finals(6, 45)
    expect(dictation.status).to_have_text("Listening")
    dictation.stop()
    text = " ".join(assert_dense(product, dictation))
    assert errors("note-en-us", text) <= allowed_errors("note-en-us"), text


def test_audio_worker_killed(product: Product, dictation: Dictation) -> None:
    before = dictation.text()
    session = dictation.session
    expect(dictation.tail.locator(".stable")).to_contain_text("happy that", timeout=10_000)
    product.kill("audioworker")
    product.start("audioworker")
    expect(dictation.page.get_by_text("What you say now is not being recorded.")).to_be_visible(
        timeout=15_000
    )
    expect(dictation.status).to_have_text("Listening", timeout=30_000)
    expect(dictation.page.get_by_text("What you say now is not being recorded.")).to_be_hidden()
    assert dictation.session == session
    # The sentence that was being spoken is found in the sound that was kept, as far as it had come.
    product.recover()
    recovered = dictation.finals.nth(1)
    expect(recovered).to_contain_text("I am happy", timeout=10_000)
    expect(dictation.log.locator(".waiting")).to_have_count(0)
    dictation.expect_finals(4, 45)
    dictation.stop()
    texts = assert_dense(product, dictation)
    assert " ".join(texts).startswith(before)
    assert len(set(texts)) == len(texts), "nothing twice"
    # What both workers heard, the dead one to its last second, is one file on the session's clock.
    assert_heard_where_written(product, dictation.page, session)


def test_worker_drains_on_sigterm(product: Product, dictation: Dictation) -> None:
    """The last words are written before it ends, and the next worker takes the session."""
    assert product.stop("audioworker") == 0
    saved = product.finals(dictation.session)
    assert len(saved) >= 2, "the open sentence was written"
    product.start("audioworker")
    expect(dictation.status).to_have_text("Listening", timeout=30_000)
    dictation.stop()
    texts = assert_dense(product, dictation)
    assert texts[: len(saved)] == [text for *_, text in saved]
