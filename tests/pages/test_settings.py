"""What people set for themselves, and what they do with all they own, as a browser shows it."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, expect

from captions.account import tasks
from captions.models import Archive, User
from captions.models.archive import archive_storage
from captions.tokens.finding import find
from tests.factories import make_ended_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, OpenPage
from tests.storages import store_below

DARK = "rgb(16, 19, 25)"


def test_settings_change_the_pages(open_page: OpenPage, maren: User) -> None:
    page = open_page("/settings/", maren, color_scheme="light", timezone_id="Australia/Eucla")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.get_by_label("Time zone")).to_have_value("Australia/Eucla")
    page.get_by_label("Language of new dictations").select_option("German")
    page.get_by_label("Text replacements").fill("fifty percent 50 %")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Line 1 has no arrow")).to_be_visible()
    page.get_by_label("Text replacements").fill("fifty percent -> 50 %")
    page.get_by_label("Theme").select_option("Dark")
    page.get_by_label("Announce new sentences to screen readers").uncheck()
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    expect(page.get_by_label("Text replacements")).to_have_value("fifty percent → 50 %")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == DARK

    page.goto("/")
    expect(page.get_by_label("Language", exact=True)).to_have_value("de")
    log = page.get_by_role("log", name="Transcript")
    expect(log).to_have_attribute("aria-live", "off")
    page.get_by_role("button", name="Maren").click()
    with page.expect_response("**/settings/announce/"):
        page.get_by_label("Announce new sentences to screen readers").check()
    expect(log).to_have_attribute("aria-live", "polite")
    # Nine o'clock there is not nine o'clock here.
    zone = page.evaluate("document.getElementById('date').textContent.split(', ')[1]")
    here = page.evaluate("""new Intl.DateTimeFormat("en-GB", {hour: "2-digit", minute: "2-digit",
      timeZone: "Australia/Eucla"}).format(new Date(document.getElementById("date").dateTime))""")
    assert zone == here
    page.reload()
    expect(log).to_have_attribute("aria-live", "polite")


def test_everything_is_had_as_one_file_and_then_deleted(
    open_page: OpenPage, maren: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_below(tmp_path, "archives", Archive, monkeypatch)
    monkeypatch.setattr(tasks.make_archive, "delay", lambda pk: None)
    monkeypatch.setattr(tasks.delete_accounts, "delay", lambda: None)
    make_ended_session(maren, ["There was a piano on the ferry."])
    page = open_page("/settings/data/", maren)
    _look(page)
    page.get_by_role("button", name="Download your data").click()
    expect(page.get_by_text("It is waiting in the queue.")).to_be_visible()
    Archive.objects.update(attempts=1, done=1, total=3)
    expect(page.get_by_text("1 of 3 dictations packed.")).to_be_visible()
    _look(page)
    name = archive_storage().save("mine.zip", ContentFile(b"PK zip"))
    Archive.objects.update(file=name, size=6, done=3, finished_at=timezone.now())
    link = page.get_by_role("link", name="Download your file")
    expect(link).to_be_visible()
    _look(page)
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename.endswith(".zip")

    page.get_by_role("link", name="Delete your account").click()
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("1 dictation with 7 words")).to_be_visible()
    expect(page.get_by_role("link", name="Keep")).to_be_focused()
    _look(page)
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_role("heading", name="Your account is being deleted")).to_be_visible()
    _look(page)
    assert not User.objects.get().is_active


def _look(page: Page) -> None:
    """Readable in both themes, and on a phone."""
    size = page.viewport_size
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    page.set_viewport_size(NARROW)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) <= 0
    assert size
    page.set_viewport_size(size)


def test_a_token_is_made_copied_and_revoked(open_page: OpenPage, maren: User) -> None:
    page = open_page(
        "/settings/tokens/", maren, viewport=NARROW, permissions=["clipboard-read", "clipboard-write"]
    )
    expect(page.get_by_text("You have no token.")).to_be_visible()
    page.get_by_role("link", name="Make a token").click()
    page.get_by_label("Password").fill("a long password")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_text("Choose what the program may do.")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Name").fill("OBS")
    page.get_by_label("Dictate live").check()
    page.get_by_role("button", name="Make the token").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    token = find(page.evaluate("navigator.clipboard.readText()"), timezone.now())
    assert token.user == maren
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    assert violations(page) == []
    page.get_by_role("link", name="Done").click()
    page.get_by_role("button", name="Revoke OBS").click()
    expect(page.get_by_text("You have no token.")).to_be_visible()
    token.refresh_from_db()
    assert token.revoked_at is not None
