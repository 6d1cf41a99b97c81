"""A transcript edited in a real browser, as two people and a bad network would have it."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Route, expect

from captions.models import Note, Session, User
from captions.transcripts import editing
from tests.factories import make_ended_session, make_session, make_utterance
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, SCRIPTED_EVENTS, OpenPage

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)
TEXTS = [
    "The last ferry of the season left Stromness at twenty past four, with eleven passengers.",
    "The purse her said it was a B flat.",
    "Nobody on board thought this was strange.",
    "The purse her has made this crossing some nine thousand times.",
]

# Whether the full stop stands at the left of the first letter, and the first letter at the right end of the line.
_ENDS_AT_ITS_LEFT = """(words) => {
  words.scrollIntoView();
  const text = words.firstChild;
  const box = (at) => {
    const range = document.createRange();
    range.setStart(text, at);
    range.setEnd(text, at + 1);
    return range.getBoundingClientRect();
  };
  const page = words.closest(".rows").getBoundingClientRect();
  const isInside = box(0).right > page.right - 60 && box(0).right <= page.right + 1;
  scrollTo(0, 0);
  return box(text.length - 1).right <= box(0).left && isInside;
}"""


@pytest.fixture
def ferry(maren: User) -> Session:
    session = make_ended_session(maren, TEXTS, title="The night ferry", at=NOW, clock_ms=246_000)
    unsure = session.utterances.get(seq=3)
    unsure.words[2]["probability"] = 0.2
    unsure.save()
    return session


def texts(session: Session) -> list[str]:
    return list(session.utterances.with_text().in_time().values_list("text", flat=True))


def test_a_transcript_is_corrected_with_the_keyboard(
    open_page: OpenPage, maren: User, ferry: Session
) -> None:
    page = open_page(f"{ferry.get_absolute_url()}?view=rows", maren)
    field, state = page.locator(".editing textarea"), page.locator(".editing [data-state]")

    before = page.locator("#u-2 [data-text]").bounding_box()
    page.get_by_role("link", name="Edit 0:02").focus()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    after = field.bounding_box()
    assert before
    assert after
    # The box grows around the words: they stay where they were.
    assert (after["x"] + 16, after["y"] + 8) == (before["x"], before["y"])

    # It is as high as its text, and a key changes nothing of the row but its text.
    words = page.locator("#u-2 [data-text]")
    words.evaluate("each => { window.node = each.firstChild }")
    field.fill("The purser. " * 40)
    assert field.evaluate("each => each.scrollHeight === each.clientHeight && each.clientHeight > 100")
    field.fill("The purser said it was a B flat.")
    assert field.evaluate("each => each.clientHeight < 100")
    assert words.evaluate("each => each.firstChild === window.node && each.childNodes.length === 1")
    expect(state).to_have_text("✓ Saved")
    line = page.locator(".correction")
    expect(line).to_contain_text("purse her was changed to purser. It is in 1 other place too.")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    line.get_by_role("button", name="Change all 2").click()
    expect(page.locator("#u-4 [data-text]")).to_have_text(TEXTS[3].replace("purse her", "purser"))
    line.get_by_role("button", name="Add to vocabulary").click()
    expect(line).to_contain_text("“purser” was added to your vocabulary.")
    line.get_by_role("button", name="Always replace").click()
    expect(line).to_contain_text("From now on, “purse her” is replaced with “purser”.")

    field.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#u-3.editing textarea")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#u-5.editing textarea")).to_have_value("on board thought this was strange.")
    assert texts(ferry)[2:4] == ["Nobody", "on board thought this was strange."]
    page.keyboard.press("Alt+ArrowUp")
    page.get_by_role("button", name="Merge with next").click()
    expect(page.locator("#u-3.editing textarea")).to_have_value(TEXTS[2])
    expect(page.locator("#u-5")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#u-5")).to_be_visible()
    # A key undoes it as the button does, after what was typed since.
    page.get_by_role("button", name="Merge with next").click()
    expect(page.locator("#u-3.editing textarea")).to_have_value(TEXTS[2])
    page.keyboard.press("x")
    page.keyboard.press("Control+z")
    expect(page.locator("#u-3.editing textarea")).to_have_value(TEXTS[2])
    page.keyboard.press("Control+z")
    expect(page.locator("#u-5")).to_be_visible()
    expect(page.locator("#u-3.editing textarea")).to_have_value("Nobody")
    assert texts(ferry)[2:4] == ["Nobody", "on board thought this was strange."]
    page.keyboard.press("Escape")
    expect(page.locator("#u-3 .row-edit")).to_be_focused()
    expect(page.locator(".editor")).to_have_count(0)
    # Each sentence is one stop of Tab, and the arrow keys go up and down.
    page.keyboard.press("Tab")
    expect(page.locator("#u-5 .row-edit")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#u-4 .row-edit")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#u-5 .row-edit")).to_be_focused()
    # What is taken back is no correction any more.
    page.get_by_role("link", name="Edit 0:02").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Undo").click()
    expect(field).to_have_value(TEXTS[1])
    expect(line).to_have_count(0)
    maren.refresh_from_db()
    assert maren.vocabulary == ["purser"]
    assert maren.replacements == [["purse her", "purser"]]


def test_nothing_typed_is_lost(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page(ferry.get_absolute_url(), maren)
    field, state = page.locator(".editing textarea"), page.locator(".editing [data-state]")
    page.locator("#u-2 [data-text]").click()
    page.context.set_offline(True)
    field.fill("The purser said it.")
    expect(state).to_have_text("Not saved, trying again")
    page.keyboard.press("Escape")
    expect(page.locator("#u-2 .row-problem")).to_have_text(
        "Not saved. The server cannot be reached. What you wrote is kept in this tab and will be saved."
    )
    # Meanwhile somebody else changes it, and this page is loaded again.
    editing.edit(ferry.utterances.get(seq=2), "The nurse said it.", 1, None)
    page.context.set_offline(False)
    expect(page.locator("#u-2 .row-problem")).to_contain_text("changed elsewhere")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_role("button", name="Choose which text to keep").click()
    expect(page.locator(".editor-theirs")).to_have_text("The nurse said it.")
    expect(field).to_have_value("The purser said it.")
    assert violations(page) == []
    page.get_by_role("button", name="Keep mine").click()
    expect(state).to_have_text("✓ Saved")
    assert texts(ferry)[1] == "The purser said it."
    page.keyboard.press("Escape")
    expect(page.locator(".row-problem")).to_have_count(0)

    page.locator("#u-1 [data-text]").click()
    editing.edit(ferry.utterances.get(seq=1), "Theirs.", 1, None)
    field.fill("Mine.")
    page.get_by_role("button", name="Keep theirs").click()
    expect(field).to_have_value("Theirs.")
    assert texts(ferry)[0] == "Theirs."
    page.keyboard.press("Escape")

    page.locator("#u-4 [data-text]").click()
    editing.edit(ferry.utterances.get(seq=4), "", 1, None)
    field.fill("Still here.")
    expect(page.locator(".editor-theirs")).to_have_text("(It was deleted.)")
    page.reload()
    page.get_by_role("button", name="Choose which text to keep").click()
    page.get_by_role("button", name="Keep mine").click()
    expect(state).to_have_text("✓ Saved")
    assert texts(ferry)[3] == "Still here."


def test_the_tools_of_a_transcript(open_page: OpenPage, maren: User, ferry: Session) -> None:
    page = open_page(ferry.get_absolute_url(), maren, viewport=NARROW)
    page.get_by_role("button", name="Possible mistakes (1)").click()
    expect(page.locator(".unsure")).to_have_text("board")
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Find", exact=True).fill("PURSE her")
    expect(page.locator("#find-count")).to_have_text("1 of 2")
    assert page.evaluate("CSS.highlights.get('found-now').size") == 1
    page.get_by_label("Replace with").fill("purser")
    page.get_by_role("button", name="Replace", exact=True).click()
    expect(page.locator("#find-count")).to_have_text("1 of 1")
    held: list[Route] = []
    page.route("**/replace/", lambda route: held.append(route))
    page.get_by_role("button", name="Replace all").click()
    expect(page.locator("#find-count")).to_have_text("Replacing…")
    held[0].continue_()
    expect(page.locator("#find-count")).to_have_text("1 place changed")
    assert [text.count("purser") for text in texts(ferry)] == [0, 1, 0, 1]
    assert violations(page) == []
    page.get_by_role("button", name="Close").click()

    page.locator("#u-3 [data-text]").click()
    page.get_by_role("button", name="Add heading").click()
    page.get_by_label("Heading").fill("On board")
    # What is written is not lost to another one, and is there once.
    page.get_by_role("link", name="Edit 0:00").press("Enter")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("heading", name="On board")).to_be_visible()
    page.get_by_placeholder("Note").fill("For Jonas")
    page.locator(".note-editor").evaluate("form => { form.requestSubmit(); form.requestSubmit(); }")
    page.get_by_role("button", name="Edit note For Jonas").click()
    assert Note.objects.filter(kind="note").count() == 1
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".note-gone")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.reload()
    expect(page.locator(".between + #u-3")).to_be_visible()
    page.get_by_role("button", name="Edit heading On board").click()
    # What somebody else wrote there meanwhile is what goes, and what comes back.
    Note.objects.update(text="On the ferry", version=2)
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".between")).to_have_text("The heading was deleted. Undo")
    assert not Note.objects.exists()
    back = page.get_by_role("button", name="Undo")
    expect(back).to_be_focused()
    expect(back).to_have_accessible_description("The heading was deleted.")
    assert violations(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Edit heading On the ferry")).to_be_focused()
    expect(page.locator(".between + #u-3")).to_be_visible()
    assert Note.objects.get().text == "On the ferry"
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="On the ferry")).to_have_count(0)

    page.locator("summary", has_text="More").click()
    page.get_by_role("link", name="Version history").click()
    expect(page.locator("ins").first).to_contain_text("purser")
    assert violations(page) == []
    restore = page.get_by_role("button", name="Restore the original")
    page.emulate_media(media="print")
    expect(restore).to_be_hidden()
    page.emulate_media(media="screen")
    restore.click()
    expect(page.locator("#u-4 [data-text]")).to_have_text(TEXTS[3])


def test_of_a_long_transcript_only_what_is_in_sight_is_laid_out(open_page: OpenPage, maren: User) -> None:
    session = make_ended_session(maren, [f"{number} {TEXTS[0]}" for number in range(200)], at=NOW)
    # After a long pause, so in a paragraph of its own; it is read from the right.
    make_utterance(session, "שלום.", start_ms=36_000_000, language="he")
    page = open_page(session.get_absolute_url(), maren)
    assert page.locator("#u-201 [data-text]").evaluate(_ENDS_AT_ITS_LEFT)
    laid_out = "each => each.checkVisibility({ contentVisibilityAuto: true })"
    last = page.locator("#u-200 .words")
    assert page.locator("#u-1 .words").evaluate(laid_out)
    assert not last.evaluate(laid_out)
    # Sentences run on.
    first, second = page.locator("#u-1 .words").bounding_box(), page.locator("#u-2 .words").bounding_box()
    assert first
    assert second
    assert second["y"] < first["y"] + first["height"]
    # At a zoom of 400 % words are in the first view, and paper is white in the dark.
    page.set_viewport_size({"width": 320, "height": 200})
    page.evaluate("scrollTo(0, 0)")
    line = page.locator("#u-1 .words").evaluate("each => each.getClientRects()[0].bottom")
    assert line <= 200
    page.emulate_media(media="print", color_scheme="dark")
    colors = "each => { const { color, backgroundColor } = getComputedStyle(each); return [color, backgroundColor] }"
    assert page.locator("body").evaluate(colors) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert last.evaluate(laid_out)
    assert page.locator("#u-201 [data-text]").evaluate(_ENDS_AT_ITS_LEFT)
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 1280, "height": 800})
    tools = page.locator(".tools-line > :visible").evaluate_all(
        "all => all.map((each) => { const { top, height } = each.getBoundingClientRect(); return top + height / 2 })"
    )
    assert max(tools) - min(tools) < 2
    # A replacement everywhere shows everything, though in slices.
    page.get_by_role("button", name="Find").click()
    page.get_by_label("Find", exact=True).fill("ferry")
    expect(page.locator("#find-count")).to_have_text("1 of 200")
    # As wide as the words, and where it sticks it hides the times beside it.
    start, end, hidden = page.evaluate("""() => {
      const bar = document.querySelector("#find-bar");
      const { left, right } = bar.getBoundingClientRect();
      return [left, right, parseFloat(getComputedStyle(bar, "::before").width)];
    }""")
    words = page.locator(".transcript-head").bounding_box()
    assert words
    assert (start, end) == (words["x"], words["x"] + words["width"])
    assert hidden == 112
    page.get_by_label("Replace with").fill("boat")
    page.get_by_role("button", name="Replace all").click()
    expect(page.locator("#find-count")).to_have_text("200 places changed")
    expect(last).to_contain_text("The last boat")


def test_a_dictation_that_is_running_is_followed(open_page: OpenPage, maren: User) -> None:
    session = make_session(maren)
    page = open_page(session.get_absolute_url(), maren, script=SCRIPTED_EVENTS.read_text())
    words, state = page.locator("#rows [data-text]"), page.locator("#running")

    def tell(event: str, seq: int, version: int, text: str) -> None:
        sentence = {"seq": seq, "version": version, "start_ms": seq * 2_000, "end_ms": seq * 2_000 + 1_000}
        page.evaluate(
            "([event, data]) => tell(event, data)", [event, sentence | {"text": text, "language": "en"}]
        )

    page.wait_for_function("streams.length")
    assert page.evaluate("streams.at(-1).url").endswith("/events?partial=0&after=0")
    page.evaluate("tell('state', {state: 'connecting'})")
    expect(state).to_contain_text("Not started")
    tell("final", 1, 1, "There was a piano.")
    expect(state).to_contain_text("Live now")
    tell("final", 2, 1, "On the fairy.")
    expect(words).to_have_text(["There was a piano.", "On the fairy."])
    expect(page.get_by_text("Nothing yet.")).to_have_count(0)
    tell("change", 2, 2, "On the ferry.")
    expect(words.nth(1)).to_have_text("On the ferry.")
    # What comes late changes nothing.
    tell("change", 2, 1, "On the fairy.")
    expect(words.nth(1)).to_have_text("On the ferry.")
    page.get_by_role("link", name="Edit 0:02").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".editing textarea")).to_have_value("There was a piano.")
    page.evaluate("tell('state', {state: 'paused'})")
    expect(state).to_contain_text("Paused")
    page.evaluate("tell('end', {reason: 'stopped'})")
    expect(state).to_contain_text("This dictation has ended.")
