"""The screen of a review in a real browser, with the keyboard alone."""

import math
from pathlib import Path

import av
import numpy as np
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import expect

from captions.models import Recording, Review, ReviewState, User
from captions.models.recording import sound_storage
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, WIDE, OpenPage
from tests.pages.test_every_page import ZOOMED
from tests.recordings.conftest import sound
from tests.review.support import make_review, make_reviewer

__all__ = ["sound"]

TEXTS = [
    "The engineer said the survey would be ready by the end of the month.",
    "The trust will need to see the rivet mint drawings before it agrees to the spring closure.",
    "Mrs Isbister asked who would pay for the second survey.",
    "Both rivet mint surveys are late.",
]
# A place is played for a few seconds: whoever looks later would find it silent.
_COUNT_PLAYS = """() => {
  const data = document.body.dataset;
  data.plays = 0;
  document.getElementById("review-audio").addEventListener("playing", () => (data.plays = Number(data.plays) + 1));
}"""


def _hum(path: Path, seconds: int) -> bytes:
    """A tone that swells and fades, as Ogg Opus."""
    with av.open(str(path), "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        for number in range(seconds * 50):
            at = (np.arange(960) + number * 960) / 48_000
            wave = np.sin(2 * math.pi * 220 * at) * (0.3 + 0.3 * np.sin(2 * math.pi * at))
            frame = av.AudioFrame.from_ndarray((wave * 20_000).astype(np.int16)[None], "s16", "mono")
            frame.sample_rate, frame.pts = 48_000, number * 960
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def test_a_review_is_done_with_the_keyboard(
    open_page: OpenPage, transactional_db: None, sound: Path, tmp_path: Path
) -> None:
    priya = make_reviewer("priya", first_name="Priya")
    tomas = User.objects.create_user("tomas", first_name="Tomas", last_name="Lindqvist")
    review = make_review(
        TEXTS, [(1, 2), (2, 7, 8), (4, 1, 2)], user=tomas, title="Harbour trust, open session"
    )
    make_review(TEXTS, [(1, 2)], user=tomas, title="Ward handover, practice run")
    content = _hum(tmp_path / "hum.opus", 9)
    name = sound_storage().save(f"{review.pk}.opus", ContentFile(content))
    Recording.objects.create(session=review.session, file=name, duration_ms=9_000, size=len(content))

    page = open_page(reverse("admin:captions_review_changelist"), priya)
    page.get_by_role("button", name="Review the next one").click()
    number, place, field = page.locator("#place-number"), page.locator("#place"), page.locator("#written")
    expect(number).to_have_text("Possible mistake 1 of 3 · 0:00")
    expect(place).to_be_focused()
    expect(page.locator("#waveform-window")).to_be_visible()
    page.evaluate(_COUNT_PLAYS)
    page.keyboard.press("Space")
    expect(page.locator("body")).to_have_attribute("data-plays", "1")
    page.keyboard.press("Enter")
    expect(number).to_have_text("Possible mistake 2 of 3 · 0:03")
    expect(page.locator("#unsure-here")).to_have_text("2 to check · in review by you")
    expect(place).to_be_focused()

    page.keyboard.press("F2")
    expect(field).to_be_focused()
    expect(field).to_have_value("rivet mint")
    page.keyboard.type("nonsense")
    page.keyboard.press("Escape")
    expect(field).to_have_value("rivet mint")
    expect(place).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.type("revetment")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Also change “")).to_be_checked()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("body")).to_have_attribute("data-plays", "2")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    for size in (NARROW, ZOOMED, WIDE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, size

    page.keyboard.press("Enter")
    expect(page.locator("#all-done")).to_have_text("All 3 possible mistakes are checked.")
    expect(page.locator("#all-done")).to_be_focused()
    assert review.session.utterances.get(seq=4).text == "Both revetment surveys are late."
    page.get_by_role("button", name="Undo at 0:00").focus()
    page.keyboard.press("Enter")
    expect(number).to_have_text("Possible mistake 1 of 3 · 0:00")
    page.keyboard.press("Enter")
    expect(page.locator("#all-done")).to_be_focused()
    assert violations(page) == []
    page.get_by_role("button", name="Approve").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("“Harbour trust, open session”: approved.")).to_be_visible()
    assert Review.objects.get(pk=review.pk).state == ReviewState.APPROVED
