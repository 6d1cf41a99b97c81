"""History and transcripts in a real browser: search as you type, the delete dialog, the tools."""

import re
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Route, expect

from captions.models import Session, User
from tests.factories import make_ended_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, WIDE, OpenPage, until_held

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)


@pytest.fixture
def ferry(maren: User) -> Session:
    texts = ["The last ferry left.", "I know about the piano.", "Nobody thought this strange."]
    for number in range(25):
        make_ended_session(
            maren, ["A line of an older kind."], title=f"Older {number}", at=NOW - timedelta(days=number + 1)
        )
    return make_ended_session(maren, texts * 10, title="The night ferry", at=NOW, clock_ms=246_000)


def test_search_goes_along_with_what_is_typed(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page("/sessions/", maren)
    field = page.get_by_role("searchbox", name="Search everything you said")
    field.press_sequentially("piano", delay=10)
    expect(page.locator("#count")).to_have_text("10 matches in 1 transcript")
    expect(page.locator("mark")).to_have_text(["piano"] * 3)
    expect(page).to_have_url(re.compile(r"/sessions/\?q=piano$"))
    expect(field).to_be_focused()
    page.reload()
    expect(field).to_have_value("piano")
    page.go_back()
    expect(page.locator("#count")).to_have_text("26 transcripts")


def test_what_was_searched_can_be_selected_after_going_back(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page("/sessions/?select=1", maren)
    page.locator("#q").press_sequentially("piano", delay=10)
    expect(page.locator("#count")).to_have_text("10 matches in 1 transcript")
    page.locator("#order-by").select_option("oldest")
    expect(page).to_have_url(re.compile(r"order=oldest"))
    page.go_back()
    expect(page.locator("#count")).to_have_text("10 matches in 1 transcript")
    page.locator("#results input[type=checkbox]").first.check()
    expect(page.locator("#chosen")).to_have_text("1 selected")


def test_a_place_that_was_found_is_shown_in_its_transcript(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page("/sessions/?q=piano", maren)
    page.get_by_role("link", name="I know about the piano.").last.click()
    expect(page.locator(".row:target mark")).to_be_in_viewport()
    expect(page.locator(".row:target")).to_have_attribute("data-seq", "8")


def test_a_search_that_cannot_reach_the_server_says_so_and_works_again(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page("/sessions/", maren)
    page.context.set_offline(True)
    page.locator("#q").fill("piano")
    expect(page.get_by_role("alert")).to_contain_text("could not reach the server")
    page.context.set_offline(False)
    page.locator("#q").fill("ferry")
    expect(page.locator("#count")).to_have_text("11 matches in 1 transcript")
    expect(page.locator("#search-error")).to_be_hidden()


def test_a_search_that_takes_long_leaves_lines_in_the_place_of_the_list(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page("/sessions/", maren)
    waiting: list[Route] = []
    page.route(re.compile(r"\?q=piano$"), lambda route: waiting.append(route))
    page.locator("#q").fill("piano")
    expect(page.locator(".loading-rows")).to_be_visible()
    expect(page.locator("#results")).to_be_hidden()
    waiting[0].continue_()
    expect(page.locator("#count")).to_have_text("10 matches in 1 transcript")
    expect(page.locator(".loading-rows")).to_be_hidden()
    expect(page.locator("#results")).to_be_visible()


def test_a_search_after_the_log_out_leads_to_the_log_in(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page("/sessions/", maren)
    page.context.clear_cookies()
    page.locator("#q").fill("piano")
    page.wait_for_url(re.compile(r"/accounts/login/\?next=/sessions/%3Fq%3Dpiano$"))


def test_pages_work_while_searching(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page("/sessions/", maren)
    page.locator("#q").fill("older")
    expect(page.locator("#count")).to_have_text("50 matches in 25 transcripts")
    page.get_by_role("link", name="More matches").click()
    expect(page).to_have_url(re.compile(r"q=older.*page=2|page=2.*q=older"))
    expect(page.locator(".session")).to_have_count(5)


def test_the_list_is_narrowed_down_and_put_in_order(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page("/sessions/", maren)
    one_line = """all => all.map((each) => each.getBoundingClientRect())
      .map(({ top, bottom }) => Math.round(top + bottom)).every((each, _, [first]) => Math.abs(each - first) <= 2)"""
    assert page.locator("#filters > :visible").evaluate_all(one_line)
    expect(page.get_by_label("Source")).to_be_hidden()
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Source").select_option("Live")
    page.get_by_role("button", name="Fewer filters").click()
    expect(page.get_by_label("Source"), "a filter that hides something stays in sight").to_be_visible()
    page.get_by_label("Source").select_option("Live and files")
    # On paper there is nothing to press.
    page.emulate_media(media="print")
    expect(
        page.locator("main").locator("button, .button, select, summary").filter(visible=True)
    ).to_have_count(0)
    expect(page.locator(".session-title").first).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_label("Length").select_option("Under 5 min")
    page.get_by_label("Order").focus()
    page.get_by_label("Order").select_option("Oldest first")
    expect(page).to_have_url(re.compile(r"/sessions/\?length=short&order=oldest$"))
    expect(page.get_by_label("Order")).to_be_focused()
    expect(page.locator(".session-title").first).to_have_text("Older 24")
    page.get_by_label("Date").select_option("Choose dates")
    # The dates share their line with what else there is to do, also where there is less room.
    for width in (1280, 680):
        page.set_viewport_size({"width": width, "height": 800})
        middles = [
            element.evaluate(
                "(each) => { const { y, height } = each.getBoundingClientRect(); return y + height / 2; }"
            )
            for element in (page.get_by_label("From"), page.get_by_label("to"), page.locator("#add-files"))
        ]
        assert max(middles) - min(middles) < 2, width
    page.set_viewport_size(WIDE)
    page.get_by_label("From").fill("2025-11-18")
    expect(page.locator("#count")).to_have_text("1 transcript")
    page.locator("#q").fill("zither")
    expect(page.locator("#results")).to_contain_text(
        "No transcript contains “zither”. Try another spelling, or an older date."
    )
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("#count")).to_have_text("26 transcripts")


def test_the_order_is_changed_by_itself(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page("/sessions/", maren)
    page.get_by_label("Order").focus()
    page.get_by_label("Order").select_option("Oldest first")
    expect(page).to_have_url(re.compile(r"/sessions/\?order=oldest$"))
    expect(page.locator(".session-title").first).to_have_text("Older 24")
    expect(page.get_by_label("Order")).to_be_focused()


def test_what_is_chosen_while_an_answer_is_under_way_stays_chosen(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page("/sessions/", maren)
    held: list[Route] = []
    page.route(re.compile(r"\?length=short$"), lambda route: held.append(route))
    page.get_by_label("Length").select_option("Under 5 min")
    until_held(page, held)
    page.get_by_label("Order").select_option("Oldest first")
    held[0].continue_()
    expect(page).to_have_url(re.compile(r"/sessions/\?length=short&order=oldest$"))
    expect(page.get_by_label("Order")).to_have_value("oldest")
    expect(page.locator(".session-title").first).to_have_text("Older 24")


# Where the titles of the list begin, and where the facts beside them end.
_PLACES = """() => [...document.querySelectorAll(".session")].slice(0, 5).map((row) => [
  Math.round(row.querySelector(".session-title").getBoundingClientRect().top),
  Math.round(row.querySelector(".session-facts > p").getBoundingClientRect().right),
])"""


def test_several_transcripts_are_selected_with_the_keyboard(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page("/sessions/?q=older", maren)
    before = page.evaluate(_PLACES)
    page.get_by_role("link", name="Select", exact=True).press("Enter")
    export = page.get_by_role("button", name="Export ZIP")
    expect(export).to_be_disabled()
    assert page.evaluate(_PLACES) == before, "nothing moves"
    assert len({right for _, right in before}) == 1
    box, page_edge = (
        page.locator(".day input").first.bounding_box(),
        page.locator(".session").first.bounding_box(),
    )
    assert box
    assert page_edge
    assert box["x"] >= page_edge["x"]
    for number in (0, 1):
        page.get_by_role("checkbox", name=f"Select Older {number}", exact=True).press("Space")
    expect(page.locator("#chosen")).to_have_text("2 selected")
    assert violations(page) == []
    page.get_by_label("Format").select_option("Text")
    with page.expect_download() as download:
        export.press("Enter")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert sorted(archive.namelist()) == ["2025-11-16-older-1.en.txt", "2025-11-17-older-0.en.txt"]
    page.get_by_label("Tag", exact=True).nth(1).fill("boats")
    page.get_by_role("button", name="Add tag").press("Enter")
    expect(page.get_by_text("2 transcripts now have the tag “boats”.")).to_be_visible()
    page.get_by_role("checkbox", name="All 25").press("Space")
    expect(page.locator("#chosen")).to_have_text("25 selected")
    page.locator("#q").fill("older 24")
    page.get_by_role("checkbox", name="All 1", exact=True).press("Space")
    expect(page.locator("#chosen")).to_have_text("1 selected")
    page.locator("#q").fill("older")
    page.get_by_role("checkbox", name="All 25").press("Space")
    expect(page.locator("#chosen")).to_have_text("25 selected")
    page.get_by_role("button", name="Delete").press("Enter")
    dialog = page.get_by_role("dialog", name="Delete 25 transcripts?")
    expect(dialog).to_contain_text("25 transcripts, 25 sentences, 150 words")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Delete").press("Enter")
    dialog.get_by_role("button", name="Delete").press("Enter")
    expect(page.get_by_text("25 transcripts were deleted.")).to_be_visible()
    assert list(maren.sessions.all()) == [ferry]
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("25 transcripts were restored.")).to_be_visible()
    assert maren.sessions.count() == 26


def test_tags_are_added_where_they_stand_and_a_proposed_title_is_kept(
    open_page: OpenPage, maren: User
) -> None:
    session = make_ended_session(maren, ["So, ring the piano tuner in Kirkwall. Today."], at=NOW)
    page = open_page("/sessions/", maren)
    page.locator("summary").first.press("Enter")
    field = page.get_by_label("New tag")
    expect(field).to_be_focused()
    folders = page.get_by_role("navigation", name="Tags")
    # As screenshots and extensions do; the policy forbids to copy it to the field that takes its place.
    field.evaluate("each => { each.style.color = 'red'; }")
    for tag in ("boats", "ålesund"):
        field.fill(tag)
        field.press("Enter")
        expect(page.get_by_role("link", name=tag, exact=True)).to_be_visible()
        expect(folders.get_by_role("link", name=f"{tag} 1")).to_be_visible()
        expect(field).to_be_focused()
    assert page.evaluate("complaints") == []
    page.get_by_role("button", name="Remove boats").click()
    expect(page.get_by_role("link", name="boats")).to_have_count(0)
    expect(field).to_be_focused()
    field.press("Escape")
    expect(field).to_be_hidden()
    page.get_by_role("button", name="Use “Ring the piano tuner in Kirkwall” as title").click()
    expect(page.locator(".session-title .unset")).to_have_count(0)
    session.refresh_from_db()
    assert session.title == "Ring the piano tuner in Kirkwall"
    page.get_by_role("link", name="ålesund", exact=True).click()
    expect(page.get_by_label("Tag", exact=True)).to_have_value("ålesund")
    folder = page.get_by_role("navigation", name="Tags").get_by_role("link", name="ålesund 1")
    expect(folder).to_have_attribute("aria-current", "true")
    # The star stays where it is, and the folders go along with the filters.
    star = page.get_by_role("button", name="Favourite: Ring the piano tuner in Kirkwall")
    star.press("Enter")
    expect(star).to_have_attribute("aria-pressed", "true")
    expect(star).to_be_focused()
    favourites = folders.get_by_role("link", name="Favourites 1")
    expect(favourites).to_be_visible()
    page.get_by_label("Tag", exact=True).select_option("")
    favourites.click()
    expect(favourites).to_have_attribute("aria-current", "true")
    page.locator("#q").fill("piano")
    expect(page).to_have_url(re.compile(r"/sessions/\?q=piano&favourite=yes$"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme


def test_deletion_asks_in_a_dialog_that_keeps_by_default(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page(ferry.get_absolute_url(), maren)
    page.locator("summary", has_text="More").click()
    opener = page.get_by_role("link", name="Delete")
    opener.click()
    dialog = page.get_by_role("dialog", name="Delete “The night ferry”?")
    expect(dialog).to_contain_text("30 sentences, 130 words, 4 min 6 s")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    opener.click()
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    opener.click()
    dialog.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/sessions/")
    expect(page.get_by_text("“The night ferry” was deleted.")).to_be_visible()
    assert not Session.objects.filter(pk=ferry.pk).exists()

    page.get_by_role("link", name="Recently deleted").click()
    page.get_by_text("The night ferry").click()
    assert violations(page) == []
    page.set_viewport_size(NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_role("dialog", name="Permanently delete 1 transcript?")).to_be_visible()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("1 transcript was restored.")).to_be_visible()
    assert Session.objects.filter(pk=ferry.pk).exists()


# Moves to the dangerous button the moment the dialog is there, and says what has the focus a while later.
_AS_FAST_AS_CAN_BE = """() => new Promise((done) => {
  new MutationObserver((_, observer) => {
    const button = document.querySelector("dialog[open] .danger");
    if (!button) return;
    observer.disconnect();
    button.focus();
    setTimeout(() => done(document.activeElement.textContent), 300);
  }).observe(document, { subtree: true, childList: true, attributes: true });
  document.querySelector(".danger, [hx-target='#dialog']").click();
})"""


@pytest.mark.parametrize("path", ["/sessions/?q=ferry&select=1", "{session}"])
def test_the_focus_stays_where_somebody_quick_has_put_it_in_a_dialog(
    open_page: OpenPage, maren: User, ferry: Session, path: str
) -> None:
    page = open_page(path.format(session=ferry.get_absolute_url()), maren)
    if "select" in path:
        page.get_by_role("checkbox", name="All 1", exact=True).check()
    assert page.evaluate(_AS_FAST_AS_CAN_BE) == "Delete"


def test_a_session_is_renamed_and_downloaded(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page(ferry.get_absolute_url(), maren)
    page.locator("summary", has_text="More").click()
    page.get_by_text("Rename", exact=True).first.click()
    page.get_by_label("Title").fill("The day ferry")
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("heading", name="The day ferry")).to_be_visible()
    page.get_by_role("link", name="Export").click()
    page.locator(".export-format", has_text="SRT").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download SRT").click()
    assert download.value.suggested_filename == "2025-11-18-the-day-ferry.en.srt"
    assert (
        download.value.path()
        .read_text("utf-8")
        .startswith("1\n00:00:00,000 --> 00:00:01,177\nThe last ferry left.\n")
    )


def test_an_open_tool_closes_when_one_turns_away(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page(ferry.get_absolute_url(), maren)
    rename = page.locator("details details", has_text="Rename")
    summary = page.locator("summary", has_text="Rename")
    page.locator("summary", has_text="More").click()
    summary.focus()
    page.keyboard.press("Enter")
    expect(rename).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(rename).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    summary.click()
    page.get_by_role("heading", name="The night ferry").click()
    expect(page.locator("details[open]")).to_have_count(0)


def test_the_text_is_copied(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page(f"{ferry.get_absolute_url()}?q=piano", maren)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("The last ferry left. I know about the piano. ")
    # As it is shown, so it is copied; and the next page shows it as somebody chose.
    page.get_by_role("button", name="Rows with times").click()
    page.reload()
    expect(page.get_by_role("button", name="Rows with times")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.splitlines()[:2] == ["The last ferry left.", "I know about the piano."]


def test_without_scripts_everything_is_there(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page("/sessions/", maren, java_script_enabled=False)
    page.locator("#q").fill("piano")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="The night ferry").click()
    expect(page.locator("#copy")).to_be_hidden()
    expect(page.get_by_text("I know about the piano.").first).to_be_visible()
    page.get_by_role("link", name="Rows with times").click()
    expect(page.get_by_role("link", name="Edit 0:02")).to_be_visible()
    page.locator("summary", has_text="More").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/sessions/")
    assert not Session.objects.filter(pk=ferry.pk).exists()


@pytest.mark.parametrize("path", ["/sessions/?q=piano", "{session}?q=piano"])
def test_nothing_is_cut_off_on_a_narrow_screen(
    open_page: OpenPage, maren: User, ferry: Session, path: str
) -> None:
    ferry.rename("W" * 80)
    page = open_page(path.format(session=ferry.get_absolute_url()), maren, viewport=NARROW)
    _no_sideways_scrolling(page)
    for tool in page.locator("details.tool > summary").all():
        tool.click()
        _no_sideways_scrolling(page)


def _no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
