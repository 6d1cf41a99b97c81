"""The road of the sound: over a WebSocket while UDP is blocked, over WebRTC when it is not, and not a word less."""

import pytest
from playwright.sync_api import expect

from captions.benchmarks.livetest.wer import wer
from tests.e2e.conftest import Dictation, Speaker, log_in
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.e2e.sound import assert_heard_where_written
from tests.e2e.udp_relay import relayed
from tests.speech_data import load_reference

pytestmark = pytest.mark.browser

SPOKEN = ("note-en-us", "note-en-gb", "note-f2", "fast-m3")
OVER_SOCKET = "The sound goes over the web connection."


def expect_over_socket(dictation: Dictation, is_wanted: bool) -> None:
    title = OVER_SOCKET if is_wanted else ""
    expect(dictation.page.locator("#status")).to_have_attribute("title", title, timeout=30_000)


def test_the_sound_takes_another_road_and_comes_back_without_losing_or_doubling_a_word(
    product: Product, maren: str, speaker: Speaker, model: str
) -> None:
    dictation = log_in(speaker(*SPOKEN), product, maren)
    page = dictation.page
    with relayed(page) as relay:
        page.reload()
        relay.is_open = False
        dictation.press("Start")
        expect(dictation.status).to_have_text("Listening")
        expect_over_socket(dictation, True)
        dictation.expect_finals(1)
        relay.is_open = True
        expect_over_socket(dictation, False)
        dictation.expect_finals(dictation.finals.count() + 1)
        relay.is_open = False
        expect_over_socket(dictation, True)
        dictation.expect_said("report", 180)
        # Up to here; what the server has not confirmed yet at Stop may be.
        assert not product.delivered(dictation.session)
        dictation.stop()
    text = dictation.text()
    said = " ".join(load_reference(recording).text for recording in SPOKEN)
    found = wer([said], text)
    assert found.errors <= sum(allowed_errors(recording, model) for recording in SPOKEN), text
    with product.database() as connection:
        query = "SELECT outages FROM captions_session WHERE id = %s"
        assert connection.execute(query, [dictation.session]).fetchone() == ([],)
    assert_heard_where_written(product, page, dictation.session)
