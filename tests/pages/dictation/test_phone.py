"""A phone that joins the dictation on the desk: the dialog there, and the page here. Both have a scripted server."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from captions.core.valkey import valkey
from captions.live.joining import grants
from captions.models import Session, User
from captions.protocol import messages, registry
from captions.transcripts.speakers import described
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, SCRIPTED_SERVER, WIDE, OpenPage, said, start, tell
from tests.processes import until

SMALL: ViewportSize = {"width": 320, "height": 568}
OUT = "This phone is not part of the dictation any longer."


@pytest.fixture
def desk(open_page: OpenPage, maren: User) -> Iterator[Page]:
    """The page of a dictation that runs, with the dialog open."""
    page = open_page("/", maren, script=SCRIPTED_SERVER.read_text())
    expect(page.locator("#add-phone")).to_be_hidden()
    start(page)
    session = Session.objects.get()
    holder = registry._HOLDER + str(session.pk)
    valkey().set(holder, "audioworker.test")
    page.get_by_role("button", name="Maren").click()
    page.get_by_role("button", name="Add a phone").click()
    expect(page.get_by_role("dialog", name="Add a phone")).to_be_visible()
    yield page
    valkey().delete(holder)
    grants.remove(session.pk)


def shown_link(desk: Page) -> str:
    link = desk.locator("#joining-link")
    expect(link).to_have_text(re.compile("/join/"))
    return re.sub("^http://[^/]+", "", link.inner_text())


Phone = Callable[..., Page]


@pytest.fixture
def phone(desk: Page, open_page: OpenPage) -> Phone:
    """Opens the link of the code on another device, and joins."""

    def join(**options: Any) -> Page:
        page = open_page(
            shown_link(desk), script=SCRIPTED_SERVER.read_text(), **{"viewport": NARROW, **options}
        )
        expect(page.get_by_role("heading", level=1)).to_have_text("Use this device as a microphone?")
        page.get_by_role("button", name="Join").click()
        expect(page.locator("#state")).to_have_text("Ready")
        return page

    return join


def turn_on(page: Page) -> None:
    page.get_by_role("button", name="Turn on the microphone").click()
    expect(page.locator("#state")).to_have_text("Listening")


def rows(page: Page) -> list[str]:
    return page.locator("#log [data-text]").all_text_contents()


def test_a_phone_joins_and_both_pages_show_the_same_text(desk: Page, phone: Phone) -> None:
    page = phone()
    expect(desk.get_by_text("A phone has joined. Its microphone is off.")).to_be_visible()
    expect(desk.locator("#joining-code")).to_be_hidden()
    turn_on(page)
    desk.get_by_role("button", name="Close", exact=True).click()
    for each in (desk, page):
        tell(each, "final", 1, "There was a piano.")
        tell(each, "partial", "u2", "It stood", "on the", 8_000)
    expect(page.locator("#tail .stable")).to_have_text("It stood")
    for place in ("#log .when", "#log [data-text]", "#tail .words"):
        assert page.locator(place).all_text_contents() == desk.locator(place).all_text_contents()
    # What is said of the phone's connection is not about the page's.
    tell(
        desk,
        "say",
        {"type": "media", "state": "ended", "gen": 7, "clock_ms": 0, "reason": "x", "source": "second"},
    )
    tell(
        desk,
        "say",
        {"type": "error", "code": "media_lost", "message": "x", "retryable": True, "source": "second"},
    )
    expect(desk.locator("#state")).to_have_text("Listening")
    assert said(desk) == ["offer"]
    assert said(page) == ["sync", "offer"]


def test_both_pages_call_the_phone_by_its_name(desk: Page, phone: Phone) -> None:
    page = phone()
    desk.get_by_role("button", name="Close", exact=True).click()
    session = Session.objects.get()
    session.has_shared, session.device_modes = True, [[0, "separate"]]
    session.save()
    names = messages.speakers(described(session))
    for each in (desk, page):
        tell(each, "say", names)
        tell(each, "final", 1, "There was a piano.")
        tell(each, "final", 2, "Where was it?", {"shared": True})
        expect(each.locator("#log .who")).to_have_text(["Microphone", "Phone"])


def test_the_dialog_shows_a_code_and_the_three_ways(desk: Page) -> None:
    expect(desk.locator("#joining-code svg")).to_be_visible()
    expect(desk.locator("#joining-seconds")).to_have_text(re.compile(r"^(60|5\d)$"))
    assert violations(desk) == []
    desk.get_by_label("Separate").check()
    until(lambda: Session.objects.get().devices == "separate", "the choice is saved")
    # As a worker without room for it writes.
    Session.objects.update(devices="mix")
    expect(desk.get_by_text("This server has no room to transcribe each device by itself")).to_be_visible()
    expect(desk.get_by_label("Mix")).to_be_checked()


def test_a_code_that_has_expired_is_gone_and_the_next_one_is_another(
    desk: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = desk.locator("#joining-link")
    expect(link).to_have_text(re.compile("/join/"))
    first = link.text_content()
    desk.get_by_role("button", name="Close", exact=True).click()
    monkeypatch.setattr(grants, "LINK_SECONDS", 2)
    desk.locator("#add-phone").evaluate("button => button.click()")
    expect(desk.get_by_text("The code has expired.")).to_be_visible()
    expect(desk.locator("#joining-code")).to_be_hidden()
    assert link.text_content() not in ("", first)
    monkeypatch.undo()
    desk.get_by_role("button", name="New code").click()
    expect(desk.locator("#joining-code svg")).to_be_visible()


def test_the_desk_removes_the_phone(desk: Page, phone: Phone) -> None:
    page = phone()
    turn_on(page)
    expect(desk.get_by_text("A phone has joined. Its microphone is off.")).to_be_visible()
    desk.get_by_role("button", name="Remove the phone").click()
    expect(desk.get_by_text("The phone was removed.")).to_be_visible()
    expect(desk.get_by_role("button", name="New code")).to_be_visible()
    # As the server tells it.
    tell(page, "say", {"type": "error", "code": "not_joined", "message": OUT, "retryable": False})
    tell(page, "drop", 4401)
    expect(page.locator("#state")).to_have_text("Stopped")
    expect(page.locator("#detail")).to_have_text(OUT)
    expect(page.get_by_role("button", name="Mute")).to_be_hidden()
    page.reload()
    expect(page.get_by_text(OUT)).to_be_visible()


def test_mute_leave_and_the_end(phone: Phone) -> None:
    page = phone()
    turn_on(page)
    page.get_by_role("button", name="Mute", exact=True).click()
    expect(page.locator("#state")).to_have_text("Microphone muted")
    page.get_by_role("button", name="Unmute").click()
    expect(page.locator("#state")).to_have_text("Listening")
    assert said(page) == ["sync", "offer", "pause", "resume"]
    page.get_by_role("button", name="Leave").click()
    expect(page.locator("#detail")).to_have_text("This phone has left the dictation.")
    assert said(page)[-1] == "stop"


def test_it_ends_with_the_dictation_and_not_with_a_pause_of_the_page(phone: Phone) -> None:
    page = phone()
    turn_on(page)
    tell(page, "media", "paused", 1, {"source": ""})
    expect(page.locator("#state")).to_have_text("Listening")
    tell(page, "media", "ended", 1, {"source": "", "reason": "stopped"})
    expect(page.locator("#detail")).to_have_text("The dictation has ended.")
    expect(page.locator("#tail")).to_be_hidden()


def test_it_offers_again_when_its_sound_or_the_worker_is_lost(phone: Phone) -> None:
    page = phone()
    turn_on(page)
    page.get_by_role("button", name="Mute", exact=True).click()
    tell(page, "partial", "u1", "Some words")
    tell(page, "lose", "worker_lost", "The connection to this dictation was lost. It is being resumed.")
    expect(page.locator("#tail .stable")).to_have_text("")
    until(lambda: said(page).count("offer") == 2, "another connection is offered")
    # Muted it stays, also for the next worker.
    until(lambda: said(page).count("pause") == 2, "the next worker is told")
    page.get_by_role("button", name="Unmute").click()
    expect(page.locator("#state")).to_have_text("Listening")
    tell(page, "drop")
    expect(page.locator("#state")).to_have_text("Reconnecting")
    expect(page.locator("#state")).to_have_text("Listening")


def test_a_refusal_is_a_sentence_and_the_microphone_is_off(phone: Phone) -> None:
    page = phone()
    page.evaluate("server.answers = false")
    page.get_by_role("button", name="Turn on the microphone").click()
    until(lambda: "offer" in said(page), "a connection is offered")
    refusal = {"code": "offer_refused", "message": "It has no sound.", "retryable": False, "source": "second"}
    tell(page, "say", {"type": "error", **refusal})
    expect(page.locator("#detail")).to_have_text("It has no sound.")
    expect(page.get_by_role("button", name="Turn on the microphone")).to_be_visible()


@pytest.mark.parametrize("language", ["en-GB", "de-DE"])
def test_the_phones_pages_are_readable_and_fit(
    language: str, phone: Phone, desk: Page, open_page: OpenPage
) -> None:
    link = shown_link(desk)
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    asked = open_page(link, locale=language)
    gone = open_page("/join/x/", locale=language)
    page = open_page(link, locale=language, script=SCRIPTED_SERVER.read_text())
    page.locator("main form button").click()
    expect(page.locator("#microphone")).to_be_enabled()
    for number in range(1, 30):
        tell(page, "final", number, f"There was a piano on the ferry, number {number}.")
    bottom = "each => each.getBoundingClientRect().bottom"
    top = page.locator(".dock").evaluate("each => each.getBoundingClientRect().top")
    until(lambda: page.locator("#now").evaluate(bottom) <= top, "the page follows the text")
    for each in (asked, gone, page):
        for scheme in ("light", "dark"):
            each.emulate_media(color_scheme=scheme)
            assert violations(each) == [], scheme
        for size in (WIDE, NARROW, SMALL):
            each.set_viewport_size(size)
            assert each.evaluate(fits), size
