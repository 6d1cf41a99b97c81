"""Live text on the page: what comes over the WebSocket, what stands in the document, and that nothing jumps."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.axe import violations
from tests.pages.conftest import start, tell, until_said

SENTENCE = (
    "Its owner, a retired schoolteacher named Ishbel Rendall, had sold her house on the island that morning."
)

WATCH_SHIFTS = """() => {
  window.shifts = [];
  new PerformanceObserver((list) => window.shifts.push(...list.getEntries().map((each) => each.value)))
    .observe({ type: "layout-shift" });
}"""

Dictation = Callable[..., Page]


@pytest.fixture
def live(dictation: Dictation) -> Page:
    page = dictation()
    start(page)
    return page


def rows(page: Page) -> list[str]:
    return page.get_by_role("log", name="Transcript").locator("[data-seq] [data-text]").all_text_contents()


def open_rows(page: Page) -> list[str]:
    return page.locator("#tail [data-partial]").all_text_contents()


def place_of(page: Page, number: int) -> tuple[float, float]:
    box = page.locator("#tail [data-partial]").nth(number).bounding_box()
    assert box
    return box["x"], box["y"]


def tail(page: Page) -> tuple[str, str]:
    inside = page.locator("[data-partial]")
    return inside.locator(".stable").inner_text(), inside.locator(".tentative").inner_text()


def test_words_go_from_pale_to_wet_to_saved(live: Page) -> None:
    tell(live, "partial", "u1", "", "The last fairy")
    assert tail(live) == ("", "The last fairy")
    tell(live, "partial", "u1", "The last ferry", "of the sea")
    assert "".join(tail(live)) == "The last ferry of the sea"
    assert live.locator("[data-partial]").count() == 1
    assert live.get_by_role("log").locator("[data-partial]").count() == 0
    place = live.locator("[data-partial]").bounding_box()

    tell(live, "final", 1, "The last ferry of the season.", {"start_ms": 4180, "end_ms": 6200})
    row = live.locator("#u-1")
    assert row.evaluate("each => ({...each.dataset})") == {
        "seq": "1",
        "version": "1",
        "startMs": "4180",
        "endMs": "6200",
    }
    expect(row.locator("time")).to_have_text("0:04")
    expect(row.locator("[data-text]")).to_have_text("The last ferry of the season.")
    now_at = row.locator("[data-text]").bounding_box()
    assert place
    assert now_at
    # In the very place of the tail.
    assert (now_at["x"], now_at["y"]) == (place["x"], place["y"])
    assert tail(live) == ("", "")
    assert live.locator("[data-partial]").count() == 1


def test_the_colour_tells_the_state_of_a_word(live: Page) -> None:
    def color(selector: str) -> str:
        return str(live.locator(selector).evaluate("each => getComputedStyle(each).color"))

    tell(live, "partial", "u1", "The last ferry", "of")
    assert color("[data-partial] .stable") == "rgb(51, 64, 190)"
    assert color("[data-partial] .tentative") == "rgb(102, 110, 130)"
    tell(live, "final", 1, "The last ferry.")
    expect(live.locator("#u-1")).not_to_have_class("row settling")
    assert color("#u-1 .words") == "rgb(21, 24, 31)"
    assert violations(live) == []
    live.emulate_media(color_scheme="dark")
    assert violations(live) == []


def test_an_utterance_that_was_nothing_leaves_the_page(live: Page) -> None:
    tell(live, "partial", "u1", "", "Hm")
    tell(live, "partial", "u1", "", "")
    assert tail(live) == ("", "")


def test_two_utterances_at_once_stand_in_order(live: Page) -> None:
    tell(live, "partial", "u2", "And then", "the", 5000)
    tell(live, "partial", "u1", "The ferry", "left.", 1000)
    assert open_rows(live) == ["The ferry left.", "And then the"]
    expect(live.locator("#tail .caret")).to_have_count(1)
    expect(live.locator("#tail .row").nth(1).locator(".caret")).to_be_visible()
    tell(live, "final", 1, "The ferry left.")
    assert rows(live) == ["The ferry left."]
    assert tail(live) == ("And then", " the")


def test_words_that_were_read_never_move(live: Page) -> None:
    """A sentence ends in the middle of speech; the next one was read before it was one."""
    live.evaluate(WATCH_SHIFTS)
    tell(live, "partial", "u1", "I am sitting", "in a room. Different")
    tell(live, "partial", "u1", "I am sitting in a room", ". Different from the")
    _frame(live)
    assert open_rows(live) == ["I am sitting in a room.", "Different from the"]
    assert live.locator("#tail .when").all_inner_texts()[0] == "now"
    places = [place_of(live, number) for number in (0, 1)]
    # The row that is done is told before the one that has begun: nothing may be gone in between.
    tell(live, "partial", "u1", "I am sitting in a room.")
    _frame(live)
    assert open_rows(live) == ["I am sitting in a room.", "Different from the"]
    tell(live, "partial", "u2", "Different", "from the one", 2000)
    _frame(live)
    assert open_rows(live) == ["I am sitting in a room.", "Different from the one"]
    assert [place_of(live, number) for number in (0, 1)] == places
    tell(live, "final", 1, "I am sitting in a room.")
    _frame(live)
    assert open_rows(live) == ["Different from the one"]
    assert rows(live) == ["I am sitting in a room."]
    saved = live.locator("#u-1 .words").bounding_box()
    assert saved
    assert [(saved["x"], saved["y"]), place_of(live, 0)] == places
    expect(live.locator("#tail .when")).to_have_text("now")
    expect(live.locator("#tail .when")).to_be_visible()
    assert live.evaluate("shifts") == []


def test_a_pause_makes_words_wet_and_leaves_the_sentence_open(live: Page) -> None:
    live.evaluate(WATCH_SHIFTS)
    tell(live, "partial", "u1", "If the reader", "will excuse me")
    place = place_of(live, 0)
    tell(live, "partial", "u1", "If the reader will excuse me", ",")
    assert tail(live) == ("If the reader will excuse me", ",")
    assert rows(live) == []
    color = "getComputedStyle(document.querySelector('#tail .stable')).color"
    assert live.evaluate(color) == "rgb(51, 64, 190)"
    tell(live, "partial", "u1", "If the reader will excuse me", ", I will")
    tell(live, "partial", "u1", "If the reader will excuse me, I will", "say nothing")
    _frame(live)
    assert open_rows(live) == ["If the reader will excuse me, I will say nothing"]
    assert place_of(live, 0) == place
    assert live.evaluate("shifts") == []


def test_a_sentence_that_only_seemed_to_follow_goes_on_in_its_row(live: Page) -> None:
    tell(live, "partial", "u1", "I am sitting", "in a room. Different")
    assert open_rows(live) == ["I am sitting in a room.", "Different"]
    tell(live, "partial", "u1", "I am sitting", "in a room, different from")
    assert open_rows(live) == ["I am sitting in a room, different from"]
    tell(live, "partial", "u1", "", "")
    assert open_rows(live) == [""]
    expect(live.locator("#tail .caret")).to_be_visible()


def test_finals_stand_once_and_in_order_and_a_gap_is_asked_for(live: Page) -> None:
    tell(live, "final", 1, "One.")
    tell(live, "final", 3, "Three.")
    assert live.evaluate("server.heard.at(-1)") == {"type": "sync", "after_seq": 1}
    tell(live, "final", 2, "Two.")
    tell(live, "final", 3, "Three.")
    tell(live, "final", 1, "One.")
    assert rows(live) == ["One.", "Two.", "Three."]
    expect(live.locator("#detail")).to_contain_text("3 sentences saved")


def test_a_sentence_that_is_corrected_elsewhere_changes_where_it_stands(live: Page) -> None:
    rows = live.locator("#log .row:visible .words")
    for seq, text in enumerate(("First.", "Secnd.", "Third."), 1):
        tell(live, "final", seq, text)
    correct = """([seq, text, version, more]) => server.say({type: 'final', seq, text, version,
        start_ms: seq * 4000, end_ms: seq * 4000 + 2000, utterance: `u${seq}`, words: [], ...more})"""
    live.evaluate(correct, [2, "Second.", 3, {}])
    expect(rows).to_have_text(["First.", "Second.", "Third."])
    # What was sent before it comes late, or again.
    live.evaluate(correct, [2, "Secnd.", 1, {}])
    live.evaluate(correct, [3, "", 2, {}])
    live.evaluate(correct, [4, "and a half.", 1, {"start_ms": 9000}])
    expect(rows).to_have_text(["First.", "Second.", "and a half."])
    live.evaluate(correct, [4, "Half before.", 2, {"start_ms": 7000}])
    expect(rows).to_have_text(["First.", "Half before.", "Second."])


def test_text_is_never_markup(live: Page) -> None:
    tell(live, "partial", "u1", "<img src=x onerror=alert(1)>", "</p>")
    tell(live, "final", 1, "<script>alert(1)</script> & “quotes”")
    assert rows(live) == ["<script>alert(1)</script> & “quotes”"]
    assert live.locator("img, .log script").count() == 0


def test_status_speaks_states_and_never_numbers(live: Page) -> None:
    status = live.locator("[role=status]#state")
    expect(status).to_have_text("Listening")
    expect(live.locator("#detail")).to_contain_text("0 sentences saved")
    assert live.locator("[role=status] #detail, [aria-live] #detail").count() == 0
    live.get_by_role("button", name="Pause").click()
    expect(status).to_have_text("Paused")
    live.get_by_role("button", name="Resume").click()
    expect(status).to_have_text("Listening")
    assert live.evaluate("server.said()") == ["offer", "pause", "resume"]


def test_the_switch_silences_the_log(live: Page) -> None:
    log = live.get_by_role("log", name="Transcript")
    expect(log).to_have_attribute("aria-live", "polite")
    live.get_by_role("button", name="Maren").click()
    with live.expect_response("**/settings/announce/"):
        live.get_by_label("Announce new sentences to screen readers").uncheck()
    expect(log).to_have_attribute("aria-live", "off")
    live.reload()
    expect(log).to_have_attribute("aria-live", "off")


def test_nothing_shifts_and_the_page_follows_by_whole_lines(live: Page) -> None:
    live.evaluate(WATCH_SHIFTS)
    live.evaluate("""() => {
      window.places = new Set();
      const look = () => { window.places.add(scrollY); requestAnimationFrame(look); };
      look();
    }""")
    words = SENTENCE.split()
    for seq in range(1, 6):
        for count in range(2, len(words), 4):
            tell(live, "partial", f"u{seq}", " ".join(words[:count]), " ".join(words[count : count + 2]))
            _frame(live)
        tell(live, "final", seq, SENTENCE)
        _frame(live)
    live.wait_for_timeout(300)
    assert live.evaluate("scrollY") % 36 == 0
    assert live.evaluate("scrollY") > 0
    assert live.evaluate("[...places].every((place, i, all) => i === 0 || place > all[i - 1])")
    assert live.evaluate("shifts") == []
    box = live.locator("#now").bounding_box()
    dock = live.locator(".dock").bounding_box()
    assert box
    assert dock
    # The tail's four lines stand above the dock.
    assert box["height"] >= 4 * 36
    assert box["y"] + box["height"] <= dock["y"]


def test_a_reader_who_scrolled_up_is_left_alone(live: Page) -> None:
    for seq in range(1, 9):
        tell(live, "final", seq, SENTENCE)
    live.wait_for_timeout(300)
    live.mouse.move(640, 300)
    live.mouse.wheel(0, -400)
    back = live.get_by_role("button", name="Jump to latest")
    expect(back).to_be_visible()
    place = live.evaluate("scrollY")
    tell(live, "partial", "u9", SENTENCE, "")
    tell(live, "final", 9, SENTENCE)
    _frame(live)
    assert live.evaluate("scrollY") == place
    back.click()
    expect(back).to_be_hidden()
    expect(live.locator("#tail")).to_be_in_viewport()


def _frame(page: Page) -> None:
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_what_a_spoken_command_has_done_is_said_and_can_be_undone(live: Page) -> None:
    live.route(
        "**/changes/c1/undo/",
        lambda route: route.fulfill(
            json={
                "rows": [
                    {
                        "seq": 1,
                        "version": 3,
                        "start_ms": 0,
                        "end_ms": 900,
                        "text": "It sank.",
                        "language": "en",
                    },
                    {"seq": 2, "version": 3, "start_ms": 1000, "end_ms": 1900, "text": "Scratch that."},
                ]
            }
        ),
    )
    tell(live, "final", 1, "It sank.", {"start_ms": 0, "end_ms": 900})
    expect(live.get_by_text("The sentence was deleted.")).to_have_count(0)
    tell(live, "final", 1, "", {"start_ms": 0, "end_ms": 900, "version": 2})
    command = {"does": "scratch", "change": "c1"}
    tell(live, "final", 2, "", {"start_ms": 1000, "end_ms": 1900, "version": 2, "command": command})
    said = live.get_by_role("status").filter(has_text="The sentence was deleted.")
    expect(said).to_be_visible()
    assert violations(live) == []
    assert rows(live) == ["", ""]
    said.get_by_role("button", name="Undo").click()
    expect(said).to_have_count(0)
    assert rows(live) == ["It sank.", "Scratch that."]


def test_a_page_pauses_with_a_pause_that_was_spoken(live: Page) -> None:
    command = {"does": "pause", "change": "c1"}
    tell(live, "final", 1, "", {"version": 2, "command": command})
    expect(live.get_by_role("button", name="Resume")).to_be_visible()
    expect(live.get_by_role("status").filter(has_text="Voice command")).to_be_visible()
    until_said(live, ["offer", "pause"])


def test_an_action_that_asks_first_waits_for_a_click(live: Page) -> None:
    gone = {"seq": 1, "version": 2, "start_ms": 0, "end_ms": 900, "text": ""}
    live.route("**/actions/1/", lambda route: route.fulfill(json={"rows": [gone]}))
    final = {"start_ms": 0, "end_ms": 900, "command": {"does": "ask", "name": "Open the gate"}}
    tell(live, "final", 1, "Open the gate.", final)
    said = live.get_by_role("status").filter(has_text="Open the gate?")
    expect(said).to_be_visible()
    assert rows(live) == ["Open the gate."]
    assert violations(live) == []
    said.get_by_role("button", name="Yes").click()
    expect(said).to_have_count(0)
    assert rows(live) == [""]


def test_what_is_answered_to_an_action_is_shown(live: Page) -> None:
    command = {"does": "send", "name": "Light", "change": "c1"}
    tell(live, "final", 1, "", {"version": 2, "command": command})
    line = live.get_by_role("status").filter(has_text="Light")
    expect(line.get_by_role("button", name="Undo")).to_be_visible()
    answered = {"does": "say", "name": "Light", "says": "It is <b>on</b>."}
    tell(live, "final", 1, "", {"version": 2, "command": answered})
    expect(line).to_have_text("Light: It is <b>on</b>.")
    expect(line.get_by_role("button")).to_have_count(0)


def test_line_breaks_are_shown_where_they_were_dictated(live: Page) -> None:
    tell(live, "partial", "u1", "Dear Anna,", "thank you")
    one = live.locator("[data-partial]").bounding_box()
    tell(live, "partial", "u1", "Dear Anna,\nThank", " you")
    two = live.locator("[data-partial]").bounding_box()
    assert one
    assert two
    assert two["height"] == pytest.approx(2 * one["height"], abs=2)
    tell(live, "final", 1, "Dear Anna,\nThank you", {"start_ms": 0, "end_ms": 900})
    row = live.locator("#u-1 [data-text]").bounding_box()
    assert row
    assert row["height"] == pytest.approx(two["height"], abs=2)
