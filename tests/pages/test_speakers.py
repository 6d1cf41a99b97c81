"""Naming those who speak, in a browser."""

from playwright.sync_api import expect

from captions.models import User
from tests.factories import make_ended_session

from .conftest import OpenPage


def test_a_speaker_is_named_once_for_the_whole_transcript(open_page: OpenPage, maren: User) -> None:
    texts = ["The tide is high tonight.", "We should wait for it.", "Let us sail then.", "Yes, indeed."]
    talk = make_ended_session(maren, texts, voices=2, title="Harbour")
    talk.utterances.filter(seq__in=(1, 3, 4)).update(speaker=1)
    talk.utterances.filter(seq=2).update(speaker=2)
    page = open_page(talk.get_absolute_url(), maren)
    expect(page.locator(".who:visible")).to_have_text(["Speaker 1", "Speaker 2", "Speaker 1"])
    page.locator(".tools-line > details > summary").click()
    page.locator("summary", has_text="Who speaks").click()
    page.get_by_label("Speaker 1").fill("Ana Berg")
    page.get_by_label("Speaker 1").press("Enter")
    expect(page.locator(".who:visible")).to_have_text(["Ana Berg", "Speaker 2", "Ana Berg"])
    page.goto("/sessions/?q=berg")
    expect(page.locator("mark")).to_have_text("Ana Berg")
