"""A recording that is listened to again, as its person sees it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Route, expect

from captions.asr.offline.listener import Ended, Progress
from captions.jobs import transcribing
from captions.models import Proposal, Session, User
from captions.second_pass import asking, tasks
from captions.second_pass import job as again
from captions.speech.passage import Passage
from captions.speech.types import join
from captions.transcripts import editing
from tests.factories import words_of
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, OpenPage, until_held
from tests.pages.test_player import seconds, spoken
from tests.processes import until

__all__ = ["spoken"]


@pytest.fixture
def asking_user(maren: User) -> User:
    """Who is not heard again unless she asks."""
    maren.second_pass = False
    maren.save()
    return maren


def texts(session: Session) -> list[str]:
    return list(session.utterances.with_text().in_time().values_list("text", flat=True))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    told: list[str] = []
    monkeypatch.setattr(tasks.listen_again, "delay", told.append)
    return told


def heard_again(session: Session, monkeypatch: pytest.MonkeyPatch, halfway: Any) -> None:
    """Has a worker listen, who comes to other words in two sentences, and to one that nobody has written."""
    rows = list(session.utterances.in_time())
    passages = []
    for row in rows:
        words = row.text.split()
        if row.seq in (1, 3):
            words[2] = "otherwise"
        timed = words_of(" ".join(words), row.start_ms, each_ms=(row.end_ms - row.start_ms) // len(words))
        passages.append(Passage(row.start_ms, timed[-1].end_ms, " ".join(words), timed, 0.9, "en"))
    late = words_of("Nobody had written this down", rows[-1].end_ms + 3_000)
    passages.append(Passage(late[0].start_ms, late[-1].end_ms, join(late), late, 0.9, "en"))

    def listen(job: Any) -> Iterator[Any]:
        yield Progress(4_000, 10_000)
        halfway()
        yield from passages
        yield Ended(session.clock_ms)

    monkeypatch.setattr(transcribing, "listen", listen)
    again.listen_again(Proposal.objects.get().pk)


def test_what_was_cancelled_is_not_brought_back_by_an_answer_that_is_older(
    open_page: OpenPage, asking_user: User, spoken: Session, asked: list[str]
) -> None:
    page = open_page(spoken.get_absolute_url(), asking_user)
    section = page.get_by_role("region", name="Improved transcript")
    more = page.locator("summary", has_text="More")
    more.click()
    page.get_by_text("Transcribe again", exact=True).first.click()
    page.get_by_role("button", name="Transcribe again").click()
    expect(section).to_contain_text("Waiting in the queue")
    address = section.get_attribute("data-url")
    held: list[Route] = []
    page.route(f"**{address}", lambda route: held.append(route))
    until_held(page, held)
    answer = held[0].fetch()
    section.get_by_role("button", name="Cancel").press("Enter")
    expect(section).to_be_hidden()
    expect(more).to_be_focused()
    held[0].fulfill(response=answer)
    page.wait_for_timeout(300)
    expect(section).to_be_hidden()
    expect(more).to_be_focused()


def test_what_reads_otherwise_is_decided_in_its_place(
    open_page: OpenPage,
    asking_user: User,
    spoken: Session,
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = texts(spoken)
    page = open_page(spoken.get_absolute_url(), asking_user)
    section = page.get_by_role("region", name="Improved transcript")
    page.locator("summary", has_text="More").click()
    page.get_by_text("Transcribe again", exact=True).first.click()
    expect(page.get_by_text("Nothing changes until you accept it.")).to_be_visible()
    page.get_by_role("button", name="Transcribe again").click()
    expect(section).to_contain_text("Waiting in the queue")
    expect(section.get_by_role("button", name="Cancel")).to_be_focused()
    until(lambda: asked, "somebody is asked to listen")

    def halfway() -> None:
        expect(section).to_contain_text("Transcribing again:")
        assert violations(page) == []
        # Correcting goes on meanwhile.
        editing.edit(spoken.utterances.get(seq=1), before[0].replace(" is ", " was "), 1, asking_user)

    heard_again(spoken, monkeypatch, halfway)
    expect(section).to_contain_text("3 suggested changes.")
    expect(section).to_contain_text("1 of them would overwrite your correction.")
    page.reload()
    expect(section).to_contain_text("3 suggested changes.")
    section.get_by_role("button", name="Show in the text").click()

    first = page.get_by_role("group", name="Suggested change 1 of 3")
    expect(first.get_by_role("button", name="Accept")).to_be_focused()
    expect(page.locator("#u-1 ins")).to_contain_text("otherwise")
    expect(page.locator("#u-1 [data-text]")).to_be_hidden()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme

    # All with the keyboard: the first stays, the second is heard, accepted, taken back, accepted.
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(first).to_contain_text("Rejected.")
    expect(first.get_by_role("button", name="Next")).to_be_focused()
    page.keyboard.press("Enter")
    second = page.get_by_role("group", name="Suggested change 2 of 3")
    expect(second.get_by_role("button", name="Accept")).to_be_focused()
    page.keyboard.press("Shift+Enter")
    span = spoken.utterances.get(seq=3)
    until(lambda: seconds(page) * 1000 > span.start_ms, "it is played")
    page.keyboard.press("Enter")
    expect(page.locator("#u-3 [data-text]")).to_contain_text("otherwise")
    assert "otherwise" in texts(spoken)[2]
    second.get_by_role("button", name="Undo").click()
    expect(second.get_by_role("button", name="Accept")).to_be_focused()
    assert texts(spoken)[1:] == before[1:]
    page.keyboard.press("Alt+ArrowDown")
    third = page.get_by_role("group", name="Suggested change 3 of 3")
    expect(third.get_by_role("button", name="Accept")).to_be_focused()
    expect(third).to_contain_text("This was missed the first time.")
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert violations(page) == []

    section.get_by_role("button", name="Accept all 2").click()
    expect(section).to_contain_text("All done: 2 changes accepted.")
    expect(page.locator(".row [data-text]").last).to_have_text("Nobody had written this down")
    section.get_by_role("button", name="Undo all 2").click()
    expect(page.locator(".row.missed")).to_contain_text("Nobody had written this down")
    expect(section).to_contain_text("2 suggested changes.")

    # What is changed by hand meanwhile is not overwritten.
    editing.edit(spoken.utterances.get(seq=3), "By hand.", span.version + 4, asking_user)
    second.get_by_role("button", name="Accept").click()
    expect(second).to_contain_text("This sentence has been changed in the meantime.")
    expect(page.locator("#u-3 [data-text]")).to_have_text("By hand.")
    third.get_by_role("button", name="Accept").click()
    expect(section).to_contain_text("All done: 1 change accepted.")
    section.get_by_role("button", name="Close").click()
    expect(section).to_be_hidden()
    expect(page.locator(".difference")).to_have_count(0)
    page.reload()
    page.locator("summary", has_text="More").click()
    expect(page.get_by_text("Transcribe again", exact=True).first).to_be_visible()
    expect(section).to_be_hidden()
    assert texts(spoken)[-1] == "Nobody had written this down"


def test_what_is_understood_better_by_itself_takes_its_place_and_can_be_undone(
    open_page: OpenPage, maren: User, spoken: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = texts(spoken)
    page = open_page(spoken.get_absolute_url(), maren)
    section = page.get_by_role("region", name="Improved transcript")
    expect(section).to_contain_text("The whole recording will be transcribed again in a moment.")
    asking.ask_by_itself(timezone.now())

    def halfway() -> None:
        expect(section).to_contain_text("Transcribing the whole recording again:")
        # What somebody is about to correct is not changed under their hands.
        editing.edit(spoken.utterances.get(seq=1), "By hand.", 1, maren)

    heard_again(spoken, monkeypatch, halfway)
    expect(section).to_contain_text("The improved transcript changed 2 sentences.")
    expect(page.locator("#u-3 [data-text]")).to_contain_text("otherwise")
    expect(page.locator(".row [data-text]").last).to_have_text("Nobody had written this down")
    assert texts(spoken)[0] == "By hand."
    assert violations(page) == []
    section.get_by_role("button", name="Undo all 2").click()
    expect(page.locator("#u-3 [data-text]")).to_have_text(before[2])
    assert texts(spoken) == ["By hand.", *before[1:]]
    page.reload()
    section.get_by_role("button", name="Reject all").click()
    section.get_by_role("button", name="Close").click()
    page.locator("summary", has_text="More").click()
    expect(page.get_by_text("Transcribe again", exact=True).first).to_be_visible()


def test_the_page_of_a_dictation_that_has_ended_reads_better_in_a_moment(
    open_page: OpenPage, maren: User, spoken: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(f"{reverse('dictation')}?session={spoken.pk}", maren)
    line = page.locator("#better-words")
    expect(line).to_have_text("The whole recording will be transcribed again in a moment.")
    asking.ask_by_itself(timezone.now())
    heard_again(spoken, monkeypatch, lambda: expect(line).to_contain_text("Transcribing the whole"))
    expect(line).to_have_text("The improved transcript changed 3 sentences.")
    expect(page.locator("#u-3 .words")).to_contain_text("otherwise")
    expect(page.locator("#log .row .words").last).to_have_text("Nobody had written this down")
    assert violations(page) == []
