"""Naming those who speak, in a browser."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from captions.models import User
from captions.transcripts import speakers
from tests.factories import make_ended_session, make_session

from .conftest import SCRIPTED_EVENTS, OpenPage, start, tell


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


def test_a_sentence_is_given_to_another_speaker_and_to_a_new_one(open_page: OpenPage, maren: User) -> None:
    talk = make_ended_session(
        maren, ["The tide is high.", "Let us wait.", "Let us sail."], voices=2, title="Harbour"
    )
    talk.utterances.update(speaker=1)
    talk.utterances.filter(seq=3).update(speaker=2)
    page = open_page(f"{talk.get_absolute_url()}?view=rows", maren)
    names = page.locator(".who:visible")
    expect(names).to_have_text(["Speaker 1", "Speaker 2"])
    # By keyboard alone.
    page.locator("#u-2 .row-edit").focus()
    page.keyboard.press("Enter")
    editor = page.locator(".editor")
    editor.locator("summary", has_text="Who speaks").focus()
    page.keyboard.press("Enter")
    expect(editor.get_by_role("button", name="Speaker 1")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(editor.get_by_role("button", name="Speaker 2")).to_be_focused()
    page.keyboard.press("Enter")
    # Paragraphs stay as they are until the page is opened again.
    expect(names).to_have_text(["Speaker 1", "Speaker 2", "Speaker 2"])
    expect(page.get_by_label("Text at")).to_be_focused()
    editor.locator("summary", has_text="Who speaks").click()
    editor.get_by_role("button", name="New speaker").click()
    expect(names).to_have_text(["Speaker 1", "Speaker 3", "Speaker 2"])
    page.keyboard.press("Control+z")
    expect(names).to_have_text(["Speaker 1", "Speaker 2", "Speaker 2"])
    editor.get_by_role("button", name="Undo").click()
    expect(names).to_have_text(["Speaker 1", "Speaker 2"])
    expect(page.locator("#u-2 .who")).to_have_text("Speaker 1")
    assert list(talk.utterances.in_time().values_list("speaker", flat=True)) == [1, 1, 2]


def test_where_one_was_heard_all_sentences_get_names(open_page: OpenPage, maren: User) -> None:
    note = make_ended_session(maren, ["The tide is high.", "Let us wait."], source="file", title="Harbour")
    page = open_page(note.get_absolute_url(), maren)
    expect(page.locator(".who")).to_have_count(0)
    page.locator("#u-2 [data-text]").click()
    page.locator(".editor summary", has_text="Who speaks").click()
    page.get_by_role("button", name="New speaker").click()
    expect(page.locator(".who:visible")).to_have_text(["Speaker 1", "Speaker 2"])


def test_what_arrives_on_an_open_page_has_names(open_page: OpenPage, maren: User) -> None:
    talk = make_session(maren, ["Good morning."], has_shared=True)
    speakers.name(talk, {(False, 0): "Ana", (True, 0): "Ben"})
    page = open_page(talk.get_absolute_url(), maren, script=SCRIPTED_EVENTS.read_text())
    page.wait_for_function("streams.length")
    names = page.locator(".who")

    def say(event: str, **data: object) -> None:
        page.evaluate("([event, data]) => tell(event, data)", [event, data])

    final = {"version": 1, "end_ms": 9_000, "language": "en"}
    say("final", seq=2, start_ms=5_000, text="Hello.", shared=True, **final)
    expect(names).to_have_text(["Ana", "Ben"])
    # Named on another page.
    who = [{"shared": False, "number": 0, "name": "Cy"}, {"shared": True, "number": 0, "name": "Dora"}]
    say("names", speakers=who)
    expect(names).to_have_text(["Cy", "Dora"])
    say("final", seq=3, start_ms=7_000, text="Again.", shared=True, **final)
    say("final", seq=4, start_ms=8_000, text="And I.", who="Cy", **final)
    expect(names).to_have_text(["Cy", "Dora", "Dora", "Cy"])


def test_a_page_that_is_looked_at_again_has_the_names_of_now(open_page: OpenPage, maren: User) -> None:
    talk = make_ended_session(maren, ["The tide is high.", "Let us wait."], has_shared=True, title="Harbour")
    page = open_page(talk.get_absolute_url(), maren)
    expect(page.locator(".who").first).to_have_text("Microphone")
    speakers.name(talk, {(False, 0): "Ana"})
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator(".who").first).to_have_text("Ana")


def test_a_dictation_shows_names_that_are_given_elsewhere(dictation: Callable[..., Page]) -> None:
    page = dictation()
    start(page)
    tell(page, "final", 1, "Good morning.", {})
    tell(page, "final", 2, "Hello.", {"shared": True})
    names = page.locator("#log .who")
    expect(names).to_have_text(["Microphone", "Shared sound"])
    tell(page, "say", {"type": "names", "speakers": [{"shared": True, "number": 0, "name": "Ben"}]})
    expect(names).to_have_text(["Microphone", "Ben"])
    tell(page, "final", 3, "Bye.", {"shared": True})
    expect(names).to_have_text(["Microphone", "Ben", "Ben"])
