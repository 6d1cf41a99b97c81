"""Custom vocabulary and pauses: of one dictation, and of all."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from captions.account.forms.listening import ListeningForm
from captions.audio.noise import deepfilter, webrtc
from captions.audio.noise.kinds import is_installed
from captions.models import Session, User
from tests.factories import make_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, OpenPage, start, until_held
from tests.processes import until

Dictation = Callable[..., Page]


def offers(page: Page) -> list[dict[str, Any]]:
    """The settings of every offer so far."""
    found: list[dict[str, Any]] = page.evaluate(
        "server.heard.filter(({ type }) => type === 'offer').map(({ settings }) => settings)"
    )
    return found


def test_words_for_one_dictation(dictation: Dictation, maren: User) -> None:
    maren.vocabulary, maren.silence_ms = ["Stromness", "Hoy"], 700
    maren.save()
    page = dictation()
    line = page.locator(".check-line", has_text="from your vocabulary")
    expect(line).to_contain_text("2 words from your vocabulary are used.")
    line.get_by_role("button", name="Edit vocabulary").focus()
    page.keyboard.press("Enter")
    words = page.get_by_label("Custom vocabulary")
    expect(words).to_be_focused()
    expect(page.get_by_label("New line after a pause of")).to_have_accessible_description(
        "A pause this long starts a new line, even in mid-sentence. "
        "From 0.2 to 5. Empty means 0.7, as in your settings."
    )
    page.keyboard.type("Ishbel Rendall\nHoy")
    expect(page.locator("#expected-count")).to_have_text("2 of 100")
    # Here the page's shortcut takes the words; it does not start anything.
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(line).to_contain_text("3 words from your vocabulary are used.")
    expect(line.get_by_role("button")).to_be_focused()
    start(page)
    nothing = {"threshold": None, "prefix_ms": None, "silence_ms": None}
    assert offers(page) == [
        {
            "language": "",
            "vocabulary": ["Ishbel Rendall", "Hoy"],
            "translate": False,
            "commands": None,
            "cleaning": "" if is_installed() else None,
            "endpointing": nothing,
        },
    ]


def test_changing_in_mid_session_offers_again(dictation: Dictation, maren: User) -> None:
    session = make_session(maren, vocabulary=["Hoy"], prefix_ms=100, silence_ms=250, threshold=0.42)
    page = dictation(f"/?session={session.pk}")
    start(page)
    page.get_by_role("button", name="Maren").click()
    page.get_by_role("button", name="Dictation options").click()
    dialog = page.get_by_role("dialog", name="Dictation options")
    pause, sensitivity = page.get_by_label("New line after"), page.get_by_label("Microphone sensitivity")
    # What a program asked for is shown, though the page itself would not offer it.
    expect(page.get_by_label("Custom vocabulary")).to_have_value("Hoy")
    expect(pause).to_have_value("0.25")
    expect(sensitivity).to_have_value("0.42")
    assert violations(page) == []
    pause.fill("0.1")
    page.get_by_role("button", name="Apply").click()
    expect(dialog.get_by_text("The pause must be between 0.2 and 5 seconds.")).to_be_visible()
    expect(pause).to_be_focused()
    pause.fill("4.5")
    sensitivity.select_option("High, for quiet voices")
    page.get_by_label("Voice commands").select_option("On")
    page.get_by_role("button", name="Apply").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Maren")).to_be_focused()
    until(lambda: len(offers(page)) == 2, "the page offers again")
    first, second = (offer["endpointing"] for offer in offers(page))
    assert first == {"threshold": 0.42, "prefix_ms": 100, "silence_ms": 250}
    assert second == {"threshold": 0.3, "prefix_ms": 100, "silence_ms": 4500}
    assert [offer["commands"] for offer in offers(page)] == [None, True]
    expect(page.locator("#state")).to_have_text("Listening")


@pytest.fixture(params=[True, False], ids=["installed", "not installed"])
def can_clean(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    for library in (webrtc, deepfilter):
        monkeypatch.setattr(library, "is_installed", lambda: request.param)
    return bool(request.param)


def test_noise_can_be_taken_out_where_that_is_installed(
    can_clean: bool, dictation: Dictation, maren: User
) -> None:
    session = make_session(maren, cleaning="far")
    page = dictation(f"/?session={session.pk}")
    start(page)
    page.get_by_role("button", name="Maren").click()
    page.get_by_role("button", name="Dictation options").click()
    choice = page.get_by_label("Noise reduction")
    if not can_clean:
        expect(page.get_by_label("Voice commands")).to_be_visible()
        expect(choice).to_have_count(0)
        assert [offer["cleaning"] for offer in offers(page)] == [None]
        return
    expect(choice).to_have_value("far")
    expect(choice).to_have_accessible_description(
        "This usually makes the text worse. Try it only in loud, steady noise. The recording stays as it is."
    )
    choice.select_option("For a microphone near you")
    page.get_by_role("button", name="Apply").click()
    until(lambda: len(offers(page)) == 2, "the page offers again")
    assert [offer["cleaning"] for offer in offers(page)] == ["far", "near"]


def test_all_dictations_of_an_account_can_have_their_noise_taken_out(
    can_clean: bool, open_page: OpenPage, maren: User
) -> None:
    page = open_page("/settings/", maren)
    choice = page.get_by_label("Noise reduction")
    if can_clean:
        expect(choice).to_have_value("off")
        choice.select_option("For a microphone across the room")
    else:
        expect(choice).to_have_count(0)
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    maren.refresh_from_db()
    assert maren.cleaning == ("far" if can_clean else "")


def test_what_can_no_longer_be_done_about_noise_can_be_turned_off(
    maren: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webrtc, "is_installed", lambda: False)
    assert "cleaning" not in ListeningForm(user=maren).fields
    maren.cleaning = "far"
    form = ListeningForm({"cleaning": "off"}, user=maren)
    assert form.is_valid()
    assert form.wanted()["cleaning"] == "off"
    maren.cleaning = "off"
    assert "cleaning" not in ListeningForm(user=maren).fields


def test_what_is_not_taken_changes_nothing(dictation: Dictation) -> None:
    page = dictation(viewport=NARROW, color_scheme="dark")
    edit = page.get_by_role("button", name="Edit vocabulary")
    edit.click()
    words = page.get_by_label("Custom vocabulary")
    words.fill("Hoy\n" + "w" * 61)
    expect(page.get_by_text("Line 2 is longer than 60 characters.")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Apply").click()
    expect(words).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_text("You can add names and technical terms.")).to_be_visible()
    edit.click()
    expect(words).to_have_value("")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_without_the_server_it_is_said_that_the_dialog_cannot_come(dictation: Dictation) -> None:
    page = dictation()
    page.route("**/listening-dialog*", lambda route: route.abort())
    page.get_by_role("button", name="Edit vocabulary").click()
    expect(page.locator("#outage")).to_have_text(
        "The server cannot be reached. Try again when the connection is back."
    )
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_settings_of_the_account(open_page: OpenPage, maren: User) -> None:
    page = open_page("/", maren)
    page.get_by_role("button", name="Maren").click()
    page.get_by_role("link", name="Settings").click()
    words = page.get_by_label("Custom vocabulary")
    words.fill("Stromness\n...")
    expect(page.get_by_text("Line 2 contains neither a letter nor a digit.")).to_be_visible()
    page.get_by_role("button", name="Save settings").click()
    # The server says the same, and what was written is still there.
    expect(page.locator("#id_vocabulary_error")).to_have_text("Line 2 contains neither a letter nor a digit.")
    expect(words).to_have_value("Stromness\n...")
    words.fill("Stromness\nIshbel Rendall")
    expect(page.locator(".error:not(:empty)")).to_have_count(0)
    page.get_by_label("New line after a pause of").fill("0.8")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    expect(page.get_by_text("2 of 100")).to_be_visible()
    maren.refresh_from_db()
    assert (maren.vocabulary, maren.silence_ms) == (["Stromness", "Ishbel Rendall"], 800)
    assert Session.objects.count() == 0


def test_what_was_typed_before_the_script_came_is_checked_too(open_page: OpenPage, maren: User) -> None:
    page = open_page("/nothing/here/", maren)
    held: list[Route] = []
    page.route("**/settings/page*.js", lambda route: held.append(route))
    page.goto("/settings/", wait_until="commit")
    page.get_by_label("Custom vocabulary").fill("...")
    until_held(page, held)
    held[0].continue_()
    expect(page.get_by_text("Line 1 contains neither a letter nor a digit.")).to_be_visible()


def test_reads_words_as_the_server_does(open_page: OpenPage, maren: User) -> None:
    texts = [
        "  Ishbel   Rendall \r\n\n\tHoy\tA\nHoy A\n\u00a0",
        "cafe\u0301\nنمی\u200cخواهم\nC++\n" + "💬" * 59 + "a",
        "💬" * 60 + "a",
        "ok\n💬",
        "a\u202eb",
        "a\x0bb",
        "a\u2028b",
        "<|endoftext|>",
        "\n".join(map(str, range(101))),
    ]
    page = open_page("/accounts/login/")
    read = """(texts) => import("app/shared/vocabulary").then(({ readVocabulary }) =>
      texts.map((text) => readVocabulary(text, { words: 100, length: 60 })))"""
    for text, found in zip(texts, page.evaluate(read, texts), strict=True):
        form = ListeningForm({"vocabulary": text}, user=maren)
        said = "".join(map(str, form.errors.get("vocabulary", [])))
        assert said == found["problem"], text
        assert said or found["words"] == form.cleaned_data["vocabulary"]
