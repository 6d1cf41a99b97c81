"""Files added to the history in a real browser: chosen, dropped, broken off, refused, and written down."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import FilePayload, Page, Route, expect

from captions.models import Session, Upload, User
from captions.models.upload import DONE, FAILED, WORKING
from captions.uploads import writing
from captions.uploads.folder import upload_folder
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, OpenPage, until_held
from tests.speech_data import load_pcm, to_wav
from tests.toy import TOY_MODEL


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.UPLOAD_DIR = tmp_path / "uploads"
    settings.WHISPER_MODEL = TOY_MODEL
    settings.WHISPER_DEVICE = "cpu"
    settings.SOUND_KEEP_DAYS = 0


def rows(page: Page) -> Any:
    return page.get_by_role("region", name="Files").get_by_role("listitem")


def test_files_become_transcripts(open_page: OpenPage, maren: User, tmp_path: Path) -> None:
    page = open_page("/sessions/", maren)
    # Playwright begins to intercept choosers at the first listener, and one that opens at that moment is missed.
    page.on("filechooser", lambda chooser: None)
    talk = to_wav(load_pcm("note-en-us")[: 7 * 16_000], tmp_path / "Talk at noon.wav")
    large = tmp_path / "Three pieces.wav"
    large.write_bytes(bytes(2_500_000))
    diary = tmp_path / "Diary.txt"
    diary.write_text("Dear diary")

    # The second piece of the large one meets an outage, and an answer that is lost.
    sent = []

    def outage(route: Route) -> None:
        offset = route.request.headers.get("upload-offset")
        sent.append(offset)
        if offset == "1048576" and sent.count(offset) == 1:
            route.abort()
        elif offset == "1048576" and sent.count(offset) == 2:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/uploads/*/", outage)
    # By keyboard alone.
    page.get_by_role("button", name="Add files").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([talk, large, diary])
    expect(rows(page)).to_have_count(3)
    expect(rows(page).nth(2)).to_contain_text("Waiting in the queue")
    assert sent == ["0", "0", "1048576", "1048576", "1048576", "2097152", "0"]
    kept = {row.name: row for row in Upload.objects.all()}
    assert [row.received for row in kept.values()] == [row.size for row in kept.values()]

    # As a Celery worker would say of one that it is at.
    working = kept["Three pieces.wav"]
    Upload.objects.filter(pk=working.pk).update(state=WORKING, heard_ms=41_000, duration_ms=100_000)
    expect(rows(page).nth(1)).to_contain_text("41 %")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert violations(page) == []

    # What was refused is cleared in one go.
    clear = page.get_by_role("button", name="Remove all that failed")
    expect(clear).to_be_hidden()
    empty: list[FilePayload] = [
        {"name": f"{name}.wav", "mimeType": "audio/wav", "buffer": b""} for name in "ab"
    ]
    page.locator("#upload-input").set_input_files(empty)
    expect(rows(page)).to_have_count(5)
    clear.click()
    expect(rows(page)).to_have_count(3)
    expect(clear).to_be_hidden()
    expect(page.get_by_role("button", name="Add files")).to_be_focused()

    writing.write(kept["Diary.txt"].pk)
    expect(rows(page).nth(2)).to_contain_text("Diary.txt is not an audio or video file that can be read.")
    writing.write(kept["Talk at noon.wav"].pk)
    expect(rows(page).first).to_contain_text("Transcribed")
    session = Session.objects.get()
    expect(rows(page).first.get_by_role("link", name="Open")).to_have_attribute(
        "href", session.get_absolute_url()
    )
    # And it is in the history, without loading the page again.
    expect(page.locator("#results").get_by_role("link", name="Talk at noon")).to_be_visible()
    expect(page.locator("#count")).to_have_text("1 transcript")
    assert violations(page) == []

    page.get_by_role("button", name="Cancel Three pieces.wav").click()
    expect(rows(page)).to_have_count(2)
    expect(page.get_by_role("button", name="Remove Diary.txt")).to_be_focused()
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    assert Upload.objects.get().session == session

    assert page.evaluate(
        """import("app/uploads/wording").then(({ megabytes, timeLeft }) => [
          megabytes(62e6, 145e6), megabytes(1048576, 3.5e6),
          ...[null, 0, 49, 50, 89, 177, 3599, 3600, 9000].map(timeLeft),
        ])"""
    ) == [
        "62 of 145 MB",
        "1.0 of 3.5 MB",
        "",
        "less than a minute left",
        "less than a minute left",
        "about 1 minute left",
        "about 1 minute left",
        "about 3 minutes left",
        "about 60 minutes left",
        "about 1 hour left",
        "about 3 hours left",
    ]


def _hold_lists(page: Page) -> list[Route]:
    """From here on, answers that say how all files stand are kept back: each as it was when it was asked for."""
    held: list[Route] = []
    page.route(
        "**/uploads/",
        lambda route: held.append(route) if route.request.method == "GET" else route.continue_(),
    )
    return held


def _file(user: User, name: str, state: str, **fields: Any) -> Upload:
    return Upload.objects.create(user=user, name=name, size=1_000, received=1_000, state=state, **fields)


@pytest.mark.parametrize("presses", [1, 2])
def test_what_was_removed_is_not_brought_back_by_an_answer_that_is_older(
    open_page: OpenPage, maren: User, presses: int
) -> None:
    _file(maren, "First.wav", WORKING)
    _file(maren, "Second.wav", FAILED, message="Second.wav is damaged.")
    page = open_page("/sessions/", maren)
    expect(rows(page)).to_have_count(2)
    held = _hold_lists(page)
    until_held(page, held)
    answer = held[0].fetch()
    page.get_by_role("button", name="Remove Second.wav").click(click_count=presses)
    expect(rows(page)).to_have_count(1)
    # The focus goes to the line beside it, however often the button was pressed.
    expect(page.get_by_role("button", name="Cancel First.wav")).to_be_focused()
    held.pop(0).fulfill(response=answer)
    # It has taken the answer, and asks again.
    until_held(page, held)
    expect(rows(page)).to_have_count(1)
    held[0].abort()


def test_an_answer_that_is_older_than_a_file_does_not_take_it_away(
    open_page: OpenPage, maren: User, tmp_path: Path
) -> None:
    _file(maren, "First.wav", WORKING)
    page = open_page("/sessions/", maren)
    expect(rows(page)).to_have_count(1)
    held = _hold_lists(page)
    until_held(page, held)
    answer = held[0].fetch()
    talk = to_wav(load_pcm("note-en-us")[:16_000], tmp_path / "Talk.wav")
    page.locator("#upload-input").set_input_files(talk)
    expect(rows(page).nth(1)).to_contain_text("Waiting in the queue")
    held.pop(0).fulfill(response=answer)
    # It has taken the answer, and asks again.
    until_held(page, held)
    expect(rows(page)).to_have_count(2)
    held[0].abort()


def test_another_track_of_a_file_is_chosen_or_none(open_page: OpenPage, maren: User) -> None:
    tracks = [
        {"number": 1, "many": 3, "language": "ger", "title": ""},
        {"number": 3, "many": 3, "language": "", "title": "Room"},
    ]
    heard = {"number": 2, "many": 3, "language": "eng", "title": "Mic"}
    until = timezone.now() + timedelta(hours=1)
    film = _file(maren, "Film.mkv", DONE, heard_track=heard, tracks=tracks, choice_until=until)
    upload_folder().write(film.pk, 0, b"film")
    page = open_page("/sessions/", maren)
    row = rows(page).first
    expect(row).to_contain_text("Transcribed. Track 2 of 3 (English, Mic)")
    expect(row).to_contain_text("Other tracks have sound, too. Transcribe:")
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    assert violations(page) == []
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/tracks-dark-360.png")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": 1280, "height": 800})
        page.screenshot(path=f"{folder}/tracks-light-1280.png")
    row.get_by_role("button", name="Track 1 (German)").click()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(1)).to_contain_text("Waiting in the queue")
    expect(row.get_by_role("button", name="Track 1 (German)")).to_have_count(0)
    expect(row.get_by_role("button", name="Track 3 (Room)")).to_be_focused()
    assert Upload.objects.get(track=1).name == "Film.mkv"
    row.get_by_role("button", name="No other tracks of Film.mkv").click()
    expect(rows(page)).to_have_count(1)
    page.reload()
    expect(rows(page)).to_have_count(1)
    film.refresh_from_db()
    assert (film.tracks, film.choice_until) == ([], None)
