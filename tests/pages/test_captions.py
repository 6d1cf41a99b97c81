"""The page of live captions, with a scripted stream: for an audience, and over a picture."""

import io
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import av
import numpy as np
import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize, expect

from captions.audience import sharing
from captions.models import Session, User
from tests.factories import make_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, SCRIPTED_EVENTS, WIDE, OpenPage

OVER_A_PICTURE = "&background=00000000"
OBS: ViewportSize = {"width": 1920, "height": 300}
ZOOMED: ViewportSize = {"width": 320, "height": 200}

OpenCaptions = Callable[..., Page]


@pytest.fixture
def session(maren: User) -> Session:
    return make_session(maren, ["One."] * 120)


@pytest.fixture
def captions(open_page: OpenPage, session: Session) -> OpenCaptions:
    def start(query: str = "", **options: Any) -> Page:
        key = sharing.make(session, now=timezone.now())[1]
        options = {"script": SCRIPTED_EVENTS.read_text(), **options}
        page = open_page(f"/captions/{session.pk}/?key={key}{query}", **options)
        page.wait_for_function("streams.length")
        return page

    return start


def final(page: Page, seq: int, text: str, *, event: str = "final", **fields: Any) -> None:
    message = {"seq": seq, "utterance": f"u{seq}", "start_ms": seq * 1_000, "text": text, "language": "en"}
    page.evaluate("([event, data, id]) => tell(event, data, id)", [event, message | fields, f"{seq}.1"])


def partial(page: Page, stable: str, tentative: str = "", utterance: str = "u") -> None:
    message = {
        "utterance": utterance,
        "start_ms": 0,
        "stable": stable,
        "tentative": tentative,
        "language": "en",
    }
    page.evaluate("(data) => tell('partial', data)", message)


def tell(page: Page, event: str, **data: Any) -> None:
    page.evaluate("([event, data]) => tell(event, data)", [event, data])


def texts(page: Page) -> list[str]:
    return page.locator(".captions-text p").all_inner_texts()


def stream(page: Page) -> dict[str, list[str]]:
    """The query of the stream that was opened last."""
    return parse_qs(urlsplit(page.evaluate("streams.at(-1).url")).query)


# --- For an audience ----------------------------------------------------------------------------


def test_words_are_followed_from_pale_to_saved(captions: OpenCaptions) -> None:
    page = captions()
    expect(page.get_by_role("log", name="Captions")).to_have_attribute("aria-live", "polite")
    tell(page, "state", state="connecting")
    expect(page.get_by_role("status")).to_have_text("Nothing was said yet.")
    final(page, 1, "One.")
    expect(page.get_by_role("status")).to_have_text("Live now")
    partial(page, "And", "tow", utterance="u2")
    partial(page, "And two", ", or", utterance="u2")
    assert texts(page) == ["One.", "And two, or"]
    before = page.locator("#partials p").bounding_box()
    final(page, 2, "And two.")
    assert texts(page) == ["One.", "And two."]
    # In the very place where it stood.
    assert page.locator("#finals p").last.bounding_box() == before
    # What is removed leaves the page; what is corrected changes in its place.
    partial(page, "Thr", utterance="u3")
    partial(page, "", "", utterance="u3")
    final(page, 1, "First.", event="change", version=2)
    assert texts(page) == ["First.", "And two."]
    final(page, 2, "", event="change")
    # An earlier part that was found later stands where it was said.
    final(page, 3, "Zero.", start_ms=500)
    assert texts(page) == ["Zero.", "First."]


def test_it_begins_with_the_last_sentences(captions: OpenCaptions) -> None:
    assert stream(captions())["after"] == ["20"]
    assert stream(captions(OVER_A_PICTURE))["after"] == ["120"]
    assert stream(captions("&partial=0"))["partial"] == ["0"]


def test_a_reader_who_has_scrolled_up_is_left_alone(captions: OpenCaptions) -> None:
    page = captions()
    for seq in range(1, 40):
        final(page, seq, f"Sentence {seq}.")
    now = page.get_by_role("button", name="Jump to latest")
    expect(now).to_be_hidden()
    assert page.evaluate("scrollY") > 0
    page.evaluate("scrollTo(0, 0)")
    expect(now).to_be_visible()
    final(page, 40, "Sentence 40.")
    assert page.evaluate("scrollY") == 0
    now.press("Enter")
    expect(now).to_be_hidden()
    assert page.evaluate("scrollY") > 0


def test_the_page_stays_small_for_hours(captions: OpenCaptions) -> None:
    page = captions()
    page.evaluate(
        """() => {
          for (let seq = 1; seq <= 1000; seq += 1) {
            const said = { seq, utterance: `u${seq}`, start_ms: seq, text: `Sentence ${seq}.`, language: "en" };
            tell("partial", { ...said, stable: "Sen", tentative: "tence" });
            tell("final", said, `${seq}.1`);
          }
        }"""
    )
    assert page.locator(".captions-text p").count() == 200
    assert texts(page)[-1] == "Sentence 1000."
    # A correction of one that has left does not bring it back.
    final(page, 5, "Sentence five.", event="change")
    assert page.locator(".captions-text p").count() == 200


def test_a_connection_that_breaks_is_said_and_made_again(captions: OpenCaptions) -> None:
    page = captions()
    page.clock.install()
    final(page, 7, "Seven.")
    page.evaluate("breakOff(false)")
    expect(page.get_by_role("status")).to_have_text("The connection was lost. Connecting again.")
    # An EventSource does that by itself, unless it was answered with an error.
    page.evaluate("breakOff(true)")
    page.evaluate("answer = 503")
    page.clock.run_for(10_000)
    page.wait_for_function("asked >= 1")
    assert page.evaluate("streams.length") == 1
    page.evaluate("answer = 200")
    page.clock.run_for(60_000)
    page.wait_for_function("streams.length === 2")
    assert stream(page)["after"] == ["7.1"]
    final(page, 8, "Eight.")
    assert texts(page) == ["Seven.", "Eight."]


def test_a_link_that_was_revoked_says_so(captions: OpenCaptions) -> None:
    page = captions()
    page.clock.install()
    partial(page, "And")
    tell(page, "end", reason="revoked")
    expect(page.get_by_role("status")).to_have_text("These captions are no longer shared.")
    assert texts(page) == []
    page.evaluate("answer = 403")
    page.clock.run_for(31_000)
    expect(page.get_by_role("status")).to_contain_text("This link is no longer valid.")
    page.clock.run_for(300_000)
    assert page.evaluate("asked") == 1


def test_a_dictation_that_goes_on_is_followed_again(captions: OpenCaptions) -> None:
    page = captions()
    page.clock.install()
    tell(page, "end", reason="stopped")
    expect(page.get_by_role("status")).to_have_text("The captions have ended.")
    page.evaluate("answer = 204")
    page.clock.run_for(31_000)
    page.wait_for_function("asked === 1")
    assert page.evaluate("streams.length") == 1
    page.evaluate("answer = 200")
    page.clock.run_for(31_000)
    page.wait_for_function("streams.length === 2")


def _speak(page: Page) -> None:
    tell(page, "state", state="live")
    final(page, 1, "The ferry leaves at nine, and whoever wants to come along should be there early.")
    final(page, 2, "There is a piano on board.")
    partial(page, "Nobody has played it", "since the summer")


def test_everybody_can_read_it(captions: OpenCaptions) -> None:
    page = captions()
    _speak(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert violations(page) == [], scheme
    for size in (WIDE, NARROW, ZOOMED):
        page.set_viewport_size(size)
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(over) <= 0, size
    assert page.evaluate("document.getAnimations().length") == 0


def test_german(captions: OpenCaptions) -> None:
    page = captions(locale="de-DE")
    tell(page, "state", state="live")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("status")).to_have_text("Gerade live")


# --- Over a picture -----------------------------------------------------------------------------


def _pixels(page: Page) -> Any:
    """The page as OBS gets it: rows of pixels of red, green, blue and alpha."""
    picture = io.BytesIO(page.screenshot(omit_background=True))
    with av.open(picture, "r") as container:
        return next(container.decode(video=0)).to_ndarray(format="rgba")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_but_words_covers_the_picture(scheme: str, captions: OpenCaptions) -> None:
    page = captions(OVER_A_PICTURE, viewport=OBS, color_scheme=scheme)
    _speak(page)
    pixels = _pixels(page)
    assert pixels.shape == (300, 1920, 4)
    for x, y in ((0, 0), (-1, 0), (0, -1), (-1, -1), (960, 20)):
        assert pixels[y, x, 3] == 0, (x, y)
    colours = {tuple(each) for each in np.unique(pixels.reshape(-1, 4), axis=0).tolist()}
    assert {(255, 255, 255, 255), (0, 0, 0, 255)} <= colours
    # Only captions are drawn, whatever is to be said.
    page.evaluate("breakOff(false)")
    expect(page.get_by_text("Connecting again")).to_be_hidden()
    expect(page.get_by_role("button")).to_be_hidden()


def test_so_many_lines_stand_at_the_bottom(captions: OpenCaptions) -> None:
    page = captions(f"{OVER_A_PICTURE}&lines=2&size=50&hold=0", viewport=OBS)
    for seq in range(1, 6):
        final(page, seq, f"Sentence {seq}.")
    box = page.locator("#text").bounding_box()
    assert box
    assert box["height"] == pytest.approx(2 * 50 * 1.25)
    assert box["y"] + box["height"] <= OBS["height"]
    last = page.locator("#finals p", has_text="Sentence 5.").bounding_box()
    before = page.locator("#finals p", has_text="Sentence 4.").bounding_box()
    gone = page.locator("#finals p", has_text="Sentence 3.").bounding_box()
    assert last
    assert before
    assert gone
    assert box["y"] <= before["y"] < last["y"]
    assert gone["y"] + gone["height"] <= box["y"] + 1


def test_the_last_words_go_after_a_while(captions: OpenCaptions) -> None:
    page = captions(f"{OVER_A_PICTURE}&hold=8")
    page.clock.install()
    final(page, 1, "One.")
    page.clock.run_for(7_000)
    partial(page, "And", utterance="u2")
    page.clock.run_for(7_000)
    assert texts(page) == ["One.", "And"]
    page.clock.run_for(1_100)
    assert texts(page) == []
    final(page, 2, "And two.")
    assert texts(page) == ["And two."]


def test_how_it_looks_is_in_the_address(captions: OpenCaptions) -> None:
    page = captions("&background=ff000080&colour=00ff00&size=70&font=Arial&align=center&upper=1&outline=0")
    final(page, 1, "One.")
    style = page.evaluate(
        """() => {
          const { color, fontSize, fontFamily, textAlign, textTransform } =
            getComputedStyle(document.querySelector("#finals p"));
          const { backgroundColor } = getComputedStyle(document.querySelector("#finals span"));
          return [color, fontSize, fontFamily.split(",")[0], textAlign, textTransform, backgroundColor];
        }"""
    )
    assert style == ["rgb(0, 255, 0)", "70px", "Arial", "center", "uppercase", "rgba(255, 0, 0, 0.5)"]


# --- Links --------------------------------------------------------------------------------------


def test_a_link_is_made_copied_and_revoked_without_a_pointer(
    open_page: OpenPage, maren: User, session: Session
) -> None:
    page = open_page(f"/sessions/{session.pk}/", maren, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_text("More", exact=True).press("Enter")
    page.get_by_role("link", name="Share live captions").press("Enter")
    page.get_by_role("button", name="Make a link").press("Enter")
    page.get_by_role("button", name="Copy", exact=True).press("Enter")
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.locator("#link").inner_text()
    page.get_by_role("button", name="Copy for OBS").press("Enter")
    assert page.evaluate("navigator.clipboard.readText()") == f"{link}&background=00000000"
    assert violations(page) == []
    page.get_by_role("button", name="Revoke the link").press("Enter")
    expect(page.get_by_text("The link was revoked.")).to_be_visible()


def test_the_page_of_a_dictation_leads_to_its_links(dictation: Callable[..., Page]) -> None:
    page = dictation()
    page.get_by_role("button", name="Maren").click()
    link = page.get_by_role("link", name="Share live captions")
    # The dictation goes on in its own window.
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("href", "/captions/running/")
