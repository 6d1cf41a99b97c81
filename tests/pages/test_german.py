"""The interface in German: changed in the settings, spoken by scripts, and wide enough for its longer words."""

from playwright.sync_api import Page, ViewportSize, expect

from captions.models import User
from tests.factories import make_ended_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, SCRIPTED_SERVER, WIDE, OpenPage

ZOOMED: ViewportSize = {"width": 320, "height": 568}


def test_a_person_changes_to_german(open_page: OpenPage, maren: User) -> None:
    page = open_page("/settings/", maren, script=SCRIPTED_SERVER.read_text())
    page.get_by_label("Display language").select_option("Deutsch")
    page.get_by_role("button", name="Save settings").click()
    expect(page.get_by_text("Deine Einstellungen sind gespeichert.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")

    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Diktat")
    _fits(page)
    assert violations(page) == []
    page.get_by_role("button", name="Start", exact=True).click()
    # What a script says, and how it writes the day.
    expect(page.get_by_role("button", name="Stopp")).to_be_enabled()
    day = page.evaluate("""new Intl.DateTimeFormat("de", { weekday: "long" }).format(new Date())""")
    expect(page.locator("#date")).to_contain_text(day)

    said = page.evaluate("""import("app/shared/i18n").then((m) => [
      m.language,
      m.pgettext("state of a dictation", "Listening"),
      m.gettext("Nobody translates %(what)s, or 100 %%.", { what: "this" }),
      m.ngettext("one %(n)s", "many %(n)s", 1, { n: "x" }),
      m.ngettext("one %(n)s", "many %(n)s", 0, { n: "x" }),
      m.pgettext("somewhere", "constructor"),
    ])""")
    assert said == ["de", "Hört zu", "Nobody translates this, or 100 %.", "one x", "many x", "constructor"]


def test_the_other_pages_have_room_for_german(open_page: OpenPage, maren: User) -> None:
    User.objects.update(interface_language="de")
    session = make_ended_session(maren, ["There was a piano on the ferry."], title="The night ferry")
    utterance = session.utterances.get()
    utterance.words[3]["probability"] = 0.2
    utterance.save()
    page = open_page("/sessions/", maren)
    _fits(page)
    for path in (f"/sessions/{session.pk}/", f"/sessions/{session.pk}/export/", "/settings/"):
        page.goto(path)
        _fits(page)
        if path == session.get_absolute_url():
            _stands_in_one_line(page)
    page.set_viewport_size(WIDE)
    page.goto("/sessions/?select=1")
    bottoms = "each => each.map(button => button.getBoundingClientRect().bottom)"
    assert len(set(page.locator(".selection-inner .button").evaluate_all(bottoms))) == 1


def _stands_in_one_line(page: Page) -> None:
    """The tools of a transcript, and no further than its text."""
    expect(page.get_by_role("button", name="Mögliche Fehler (1)")).to_be_visible()
    for width in (WIDE["width"], 768):
        page.set_viewport_size({"width": width, "height": 800})
        boxes = page.locator(
            ".tools-line > :visible"
        ).evaluate_all("""all => all
          .map((each) => each.getBoundingClientRect()).map(({ top, bottom, right }) => [top + bottom, right])""")
        end = page.locator("#rows").evaluate("each => each.getBoundingClientRect().right")
        assert max(middle for middle, _ in boxes) - min(middle for middle, _ in boxes) < 4
        assert max(right for _, right in boxes) <= end, width
        assert page.locator("summary", has_text="Mehr").is_visible()


def _fits(page: Page) -> None:
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for size in (ZOOMED, NARROW):
        page.set_viewport_size(size)
        assert page.evaluate(wider) <= 0, (page.url, size)
