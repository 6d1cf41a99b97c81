"""Every page in both themes, at every width: readable, reachable, and true to the content policy."""

import re
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, Playwright, Route, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from captions.models import LONGEST_TAG, SpokenAction, Summary, User
from captions.transcripts import tagging, trash
from tests.browsers import launch
from tests.factories import make_ended_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, WIDE, OpenPage, login
from tests.webhooks.support import add_delivery, make_webhook

# What 1280 by 800 pixels are at 400 %.
ZOOMED: ViewportSize = {"width": 320, "height": 200}
# Each face that tokens.css takes from the machine, and one of the same metrics: tests/data/README.md.
FACES = Path(__file__).parents[1] / "data" / "faces"
SAME_AS = {
    "Georgia": "gelasio-400.woff2",
    "Gelasio": "gelasio-400.woff2",
    "Noto Serif": "noto-serif-400.woff2",
    "NotoSerif-Regular": "noto-serif-400.woff2",
    "Times New Roman": "tinos-400.woff2",
    "Liberation Serif": "tinos-400.woff2",
    "Arial": "arimo-400.woff2",
    "Liberation Sans": "arimo-400.woff2",
    "Arial Bold": "arimo-700.woff2",
    "Arial-BoldMT": "arimo-700.woff2",
    "Liberation Sans Bold": "arimo-700.woff2",
}

# The colours that scripts draw with.
DRAWN = {"--edge", "--ink-2", "--signal", "--wet"}
_READ = "(name) => getComputedStyle(document.body).getPropertyValue(name)"
_USE = """(name) => {
  document.body.style.color = `var(${name})`;
  return getComputedStyle(document.body).color;
}"""

PUBLIC = ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"]
PRIVATE = [
    "/",
    "/sessions/",
    "/sessions/?q=piano",
    "/sessions/?q=piano&when=dates&select=1",
    "/sessions/deleted/",
    "/sessions/tags/",
    "/sessions/{session}/",
    "/sessions/{session}/versions/",
    "/sessions/{session}/outputs/",
    "/sessions/outputs/",
    "/sessions/{session}/summary/",
    "/sessions/{session}/utterances/1/",
    "/sessions/{session}/captions/",
    "/sessions/{session}/export/",
    "/?session={session}",
    "/settings/",
    "/settings/actions/",
    "/settings/actions/{action}/",
    "/settings/webhooks/",
    "/settings/webhooks/{webhook}/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/logout/",
    "/nothing/here/",
]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_page(path: str, open_page: OpenPage, transactional_db: None) -> None:
    _check(open_page(path))


@pytest.mark.parametrize("path", PRIVATE)
def test_private_page(path: str, open_page: OpenPage, maren: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "LLM_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setattr(settings, "LLM_MODEL", "m" * 80)
    texts = ["There was a piano on the ferry.", "A" + "nd" * 60 + " so on."]
    session = make_ended_session(maren, texts, title="The night ferry, " + "x" * 80)
    tagging.add(maren, [session], "T" * LONGEST_TAG)
    written = f"# The ferry {'x' * 80}\n\nA {'y' * 80}.\n\n## To do\n- Call Ada"
    Summary.objects.create(session=session, state="ready", due_at=None, text=written, model="m" * 80)
    deleted = make_ended_session(maren, texts, title="A deleted one, " + "x" * 80)
    trash.delete(maren, [deleted.pk], timezone.now())
    webhook, _ = make_webhook(maren, events=["session.ended"], name="W" * 60, host="h" * 200)
    add_delivery(webhook)
    for name in ("A" * 60, "B" * 60):
        action = SpokenAction.objects.create(
            user=maren, place=1, name=name, template="(t" * 2 + "u" * 190 + "))", does="write", text="x" * 200
        )
    _check(open_page(path.format(session=session.pk, webhook=webhook.pk, action=action.pk), maren))


def _check(page: Page) -> None:
    expect(page.locator("h1")).to_have_count(1)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    for size in (WIDE, NARROW, ZOOMED):
        page.set_viewport_size(size)
        assert (
            page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        ), size
    # With so little height nothing may stand in front of the text but a row of buttons.
    assert page.locator(".dock").count() == 0 or page.locator(".dock").evaluate(
        """each => getComputedStyle(each).position === "sticky"
          ? innerHeight - each.getBoundingClientRect().top < 90
          : ["static", "relative"].includes(getComputedStyle(each).position)"""
    )


@pytest.mark.parametrize("size", [ZOOMED, {"width": 640, "height": 360}])
def test_a_zoomed_dictation_page_begins_with_a_sentence_and_start(
    size: ViewportSize, open_page: OpenPage, maren: User
) -> None:
    page = open_page("/", maren, viewport=size)
    top = page.locator(".dock").evaluate("each => each.getBoundingClientRect().top")
    sentence = page.get_by_text("Press Start and speak.").bounding_box()
    button = page.get_by_role("button", name="Start").bounding_box()
    assert sentence
    assert button
    assert sentence["y"] + sentence["height"] <= top + 1
    assert button["y"] + button["height"] <= size["height"]


def test_no_strip_is_left_for_a_scroll_bar_and_nothing_moves_when_it_comes(
    driver: Playwright, live_server: LiveServer, maren: User
) -> None:
    browser = launch(driver, scroll_bars=True)
    page = browser.new_page(base_url=live_server.url, viewport=WIDE)
    page.context.add_cookies([login(maren, live_server)])
    page.goto("/")
    places = """() => [".head-inner", ".page", ".dock-inner"].map(
      (name) => document.querySelector(name).getBoundingClientRect().left,
    )"""
    before = page.evaluate(places)
    assert page.locator(".dock").evaluate("each => each.getBoundingClientRect().right") == WIDE["width"]
    page.evaluate("document.querySelector('#log').style.height = '5000px'")
    assert page.evaluate("innerWidth - document.documentElement.clientWidth") > 0
    assert page.evaluate(places) == before
    browser.close()


def test_the_chosen_theme_wins_over_the_system(open_page: OpenPage, transactional_db: None) -> None:
    page = open_page("/accounts/login/", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(252, 252, 253)"
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert page.evaluate(paper) == "rgb(16, 19, 25)"
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert page.evaluate(paper) == "rgb(252, 252, 253)"


def test_forced_colours_and_reduced_motion(open_page: OpenPage, maren: User) -> None:
    page = open_page("/", maren, forced_colors="active", reduced_motion="reduce")
    expect(page.get_by_role("button", name="Start")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_asked_of_the_browser_holds_in_either_theme(
    scheme: Literal["light", "dark"], open_page: OpenPage, transactional_db: None
) -> None:
    page = open_page("/accounts/login/", color_scheme=scheme, contrast="more")
    assert _used(page, "--rule") == _used(page, "--edge")
    page.emulate_media(contrast="no-preference")
    assert _used(page, "--rule") != _used(page, "--edge")
    page.emulate_media(forced_colors="active")
    assert page.evaluate(_READ, "--wet") == "Highlight"


def test_scripts_read_colours_that_a_canvas_takes(open_page: OpenPage, transactional_db: None) -> None:
    page = open_page("/accounts/login/", color_scheme="light")
    light = {name: page.evaluate(_READ, name) for name in DRAWN}
    page.emulate_media(color_scheme="dark")
    dark = {name: page.evaluate(_READ, name) for name in DRAWN}
    assert light["--wet"] == "rgb(51, 64, 190)"
    assert dark["--wet"] == "rgb(154, 166, 255)"
    for color in (*light.values(), *dark.values()):
        assert re.fullmatch(r"rgb\(\d+, \d+, \d+\)", color)


def test_scripts_draw_with_no_other_colours() -> None:
    scripts = (settings.BASE_DIR / "static" / "js").rglob("*.js")
    asked = {name for script in scripts for name in re.findall(r'"(--[\w-]+)"', script.read_text())}
    # What an audience chooses for its page in the address is theirs.
    assert {name for name in asked - {"--line"} if not name.startswith("--captions-")} == DRAWN


def test_faces_are_ours_and_preloaded(open_page: OpenPage, transactional_db: None) -> None:
    page = open_page("/accounts/login/")
    loaded = page.evaluate("""document.fonts.ready.then((all) => [...all]
      .filter((each) => each.status === "loaded" && !each.family.includes(" in "))
      .map((each) => each.family + each.weight))""")
    assert sorted(loaded) == [
        "Atkinson Hyperlegible Next400",
        "Atkinson Hyperlegible Next600",
        "Literata400",
    ]


@pytest.mark.parametrize(
    ("ours", "stand_in", "weight"),
    [
        ("Literata", "Literata in Georgia", 400),
        ("Literata", "Literata in Noto Serif", 400),
        ("Literata", "Literata in Times", 400),
        ("Atkinson Hyperlegible Next", "Atkinson in Arial", 400),
        ("Atkinson Hyperlegible Next", "Atkinson in Arial", 600),
    ],
)
def test_the_stand_in_faces_keep_the_place(
    ours: str, stand_in: str, weight: int, open_page: OpenPage, transactional_db: None
) -> None:
    """Nothing moves down or up when the real faces arrive, and hardly anything sideways."""
    page = open_page("/nothing/")
    page.route("**/tokens*.css", _with_faces_of_the_tests)
    page.route("**/faces/*", lambda route: route.fulfill(path=FACES / route.request.url.rpartition("/")[2]))
    page.goto("/accounts/login/")
    (width, height), (other_width, other_height) = page.evaluate(_MEASURE, [[ours, stand_in], weight])
    assert abs(height - other_height) <= 1
    assert abs(width - other_width) / width < 0.03


def _used(page: Page, name: str) -> str:
    """The colour that a property of tokens.css stands for."""
    color: str = page.evaluate(_USE, name)
    return color


_MEASURE = """async ([faces, weight]) => {
  const line = document.createElement("span");
  line.textContent = "The last ferry of the season left Stromness at twenty past four, with a piano.";
  line.style.cssText = "position: absolute; white-space: nowrap; font-size: 20px; line-height: normal";
  document.body.append(line);
  const sizes = [];
  for (const face of faces) {
    const loaded = await document.fonts.load(`${weight} 20px "${face}"`, line.textContent);
    if (!loaded.length) throw new Error(`${face} was not loaded.`);
    line.style.fontFamily = `"${face}"`;
    line.style.fontWeight = weight;
    sizes.push([line.offsetWidth, line.offsetHeight]);
  }
  return sizes;
}"""


def _with_faces_of_the_tests(route: Route) -> None:
    """Puts the tests' faces in the place of those that may be installed or not."""
    response = route.fetch()
    style = re.sub(r'local\("([^"]+)"\)', lambda name: f'url("/faces/{SAME_AS[name[1]]}")', response.text())
    route.fulfill(response=response, body=style)


@pytest.mark.parametrize("path", ["/accounts/login/", "/", "/sessions/"])
def test_content_policy(path: str, open_page: OpenPage, maren: User) -> None:
    page = open_page("/nothing/", None if path.startswith("/accounts") else maren)
    response = page.goto(path)
    assert response
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    nonce = re.search("'nonce-([^']+)'", policy)
    assert nonce
    assert page.locator("script[type=importmap]").evaluate("each => each.nonce") == nonce[1]
    assert (
        page.locator("[style]").evaluate_all("all => all.filter(each => each.localName !== 'canvas').length")
        == 0
    )
