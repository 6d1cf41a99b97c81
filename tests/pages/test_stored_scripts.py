"""Whatever people write is text on every page, and never a script: in a real browser, with what would run one."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from captions.audience import sharing
from captions.models import (
    CaptionOutput,
    Note,
    Proposal,
    ProposalItem,
    Scope,
    Session,
    SpokenAction,
    Summary,
    Upload,
    User,
)
from captions.models.upload import FAILED
from captions.review import queue
from captions.tokens.issuing import issue
from captions.transcripts import editing, tagging, trash
from captions.transcripts.changes import State
from captions.transcripts.wording import Wording
from tests.factories import make_ended_session, make_session, make_user
from tests.pages.conftest import SCRIPTED_EVENTS, SCRIPTED_SERVER, OpenPage, arrange, start, tell
from tests.pages.test_captions import final as told_final
from tests.pages.test_captions import partial as told_partial
from tests.review.support import doubt
from tests.webhooks.support import make_webhook

# What would run calls this; a violation of the policy, which would keep it from running, fails the test as well.
_WATCH = "window.runs = []; window.ran = (...what) => { window.runs.push(what) };"
_PLANTED = """() => [...document.querySelectorAll("*")].filter((each) => [...each.attributes].some(
  ({ name, value }) => name.startsWith("on") && /ran\\(/.test(value)
    || ["href", "src", "action", "formaction", "srcdoc"].includes(name) && /^\\s*javascript:|^x$/i.test(value),
)).map((each) => each.outerHTML.slice(0, 200))"""


def evil(name: str) -> str:
    """A text that begins with a name, and would be a script in many a place."""
    return f"{name}'\"><img src=x onerror=ran()></script><script>ran()</script>{{{{7*7}}}}"


def short(name: str) -> str:
    return f"{name}<img src=x onerror=ran()>"


TITLE, WORDS, FOUND = evil("Evilname"), f"javascript:ran() {evil('Evilword')}", "<b>Pelican</b>"


def check(page: Page, *shown: str) -> None:
    """Nothing ran, nothing was planted, and these beginnings are there to be read."""
    for text in shown:
        expect(page.locator("body")).to_contain_text(text)
    assert page.evaluate("window.runs") == []
    assert page.evaluate("window.complaints") == []
    assert page.evaluate(_PLANTED) == []


@pytest.fixture
def evil_maren(maren: User) -> User:
    maren.first_name = short("Evilfirst")
    maren.vocabulary = [short("Evilterm"), "</textarea><script>ran()</script>"]
    maren.replacements = [[short("evilheard"), short("Evilwritten")]]
    maren.save()
    return maren


@pytest.fixture
def session(evil_maren: User) -> Session:
    session = make_ended_session(
        evil_maren, [WORDS, f"{FOUND} {evil('Second')}", WORDS], title=TITLE, language="en"
    )
    doubt(session, 2, 0, 1)
    editing.edit(session.utterances.get(seq=3), f"{evil('Corrected')} {WORDS}", 1, evil_maren)
    Note.objects.create(session=session, at_ms=0, text=evil("Evilnote"))
    Summary.objects.create(
        session=session, state="ready", due_at=None, text=f"# {evil('Eviltitle')}\n{evil('Evilsum')}"
    )
    Note.objects.create(session=session, at_ms=0, kind="heading", text=evil("Evilheading"))
    tagging.add(evil_maren, [session], short("Eviltag"))
    return session


@pytest.fixture
def other_things(evil_maren: User, session: Session) -> Session:
    now = timezone.now()
    issue(evil_maren, name=short("Eviltoken"), scopes=[Scope.READ], now=now)
    SpokenAction.objects.create(
        user=evil_maren, place=1, name=short("Evilaction"), template=evil("Evilphrase"), does="send"
    )
    make_webhook(evil_maren, name=short("Evilhook"), host=short("evilhost"))
    upload = Upload.objects.create(user=evil_maren, name=short("Evilfile.wav"), size=1, state=FAILED)
    upload.message, upload.message_values = "%(name)s is empty.", {"name": short("Evilfile.wav")}
    upload.save()
    CaptionOutput.objects.create(session=session, kind="zoom", sealed=b"", host=short("evilhost"))
    deleted = make_ended_session(evil_maren, [WORDS], title=TITLE)
    trash.delete(evil_maren, [deleted.pk], now)
    row = session.utterances.get(seq=1)
    before = State.of(row)
    after = before.with_words(before.spoken(), text=evil("Otherwise"))
    proposal = Proposal.objects.create(session=session, state="ready", due_at=None, duration_ms=6_000)
    part = {
        "utterance": row.pk,
        "seq": 1,
        "version": 1,
        "before": _stored(before),
        "after": _stored(after),
        "language": "en",
        "shared": False,
    }
    ProposalItem.objects.create(proposal=proposal, number=1, start_ms=0, end_ms=2_000, parts=[part])
    return session


def _stored(state: State) -> dict[str, Any]:
    return {name: getattr(state, name) for name in State.__slots__}


@pytest.fixture(autouse=True)
def _a_language_model(settings: Settings) -> None:
    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:9/v1", evil("Evilmodel")


@pytest.fixture
def visit(open_page: OpenPage) -> Callable[..., Page]:
    def start(path: str, user: User | None = None, *, script: str = "", **options: Any) -> Page:
        return open_page(path, user, script=_WATCH + script, **options)

    return start


PAGES: dict[str, tuple[str, ...]] = {
    "/": (),
    "/?session={session}": ("Evilname", "Evilword"),
    "/sessions/": ("Evilname", "Eviltag", "Evilfile"),
    "/sessions/?select=1": ("Evilname",),
    "/sessions/?q=pelican": ("Evilname", "Pelican"),
    "/sessions/?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dran()%3E": (),
    "/sessions/?q=%3Cscript%3Eran()%3C/script%3E&tag=%3Cimg%20src=x%20onerror=ran()%3E": (),
    "/sessions/deleted/": ("Evilname",),
    # There it is the value of a field.
    "/sessions/tags/": (),
    "/sessions/{session}/": ("Evilname", "Evilword", "Evilnote", "Evilheading", "Eviltitle", "Evilsum"),
    "/sessions/{session}/?view=rows": ("Evilname", "Evilword"),
    "/sessions/{session}/?q=pelican": ("Pelican",),
    "/sessions/{session}/versions/": ("Corrected",),
    "/sessions/{session}/outputs/": ("evilhost",),
    "/sessions/outputs/": (),
    "/sessions/{session}/summary/": ("Evilname", "Evilmodel"),
    "/sessions/{session}/utterances/1/": (),
    "/sessions/{session}/utterances/3/versions/": ("Corrected",),
    "/sessions/{session}/captions/": (),
    "/sessions/{session}/export/": ("Evilword",),
    "/sessions/{session}/export/?format=md": ("Evilword",),
    "/sessions/{session}/delete/": ("Evilname",),
    "/settings/": (),
    "/settings/tokens/": ("Eviltoken",),
    "/settings/actions/": ("Evilaction", "Evilphrase"),
    "/settings/webhooks/": ("Evilhook",),
    "/settings/data/": (),
    "/accounts/logout/": (),
}


def test_each_page(visit: Callable[..., Page], evil_maren: User, other_things: Session) -> None:
    page = visit("/accounts/logout/", evil_maren)
    for path, shown in PAGES.items():
        page.goto(urljoin(page.url, path.format(session=other_things.pk)))
        page.wait_for_load_state("networkidle")
        check(page, *shown)


def test_what_a_script_writes_into_the_history(
    visit: Callable[..., Page], evil_maren: User, other_things: Session
) -> None:
    page = visit("/sessions/", evil_maren)
    page.get_by_role("searchbox").fill("pelican")
    expect(page.locator("mark").first).to_contain_text("Pelican")
    check(page, "Evilname")
    page.get_by_role("searchbox").fill(evil("nothing"))
    page.wait_for_load_state("networkidle")
    check(page)
    page.goto(urljoin(page.url, f"/sessions/{other_things.pk}/delete/"))
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    check(page)


def test_what_a_script_writes_into_a_transcript(
    visit: Callable[..., Page], evil_maren: User, other_things: Session
) -> None:
    page = visit(f"/sessions/{other_things.pk}/?view=rows", evil_maren)
    page.locator("#u-1 [data-text]").click()
    field = page.locator(".editing textarea")
    expect(field).to_be_visible()
    field.fill(evil("Written"))
    field.press("Enter")
    expect(page.locator("#u-1 [data-text]")).to_contain_text("Written")
    page.wait_for_load_state("networkidle")
    check(page, "Evilname", "Written")
    page.reload()
    check(page, "Written")


def test_a_live_dictation(visit: Callable[..., Page], evil_maren: User) -> None:
    page = visit("/", evil_maren, script=SCRIPTED_SERVER.read_text())
    start(page)
    tell(page, "partial", "u1", evil("Stable"), evil("Tentative"))
    check(page, "Stable", "Tentative")
    tell(page, "final", 1, evil("Final"), {"language": '"><img src=x onerror=ran()>'})
    tell(page, "partial", "u2", "", "<img src=x onerror=ran()>")
    check(page, "Final")
    tell(page, "say", {"type": "error", "code": "busy", "message": evil("Mistake"), "retryable": False})
    page.wait_for_timeout(200)
    check(page)
    arrange(page, answers=True)


@pytest.mark.parametrize(
    "query", ["", "&background=00000000", "&font=%22%3E%3Cimg%20src=x%20onerror=ran()%3E&color=red"]
)
def test_captions_of_others(query: str, visit: Callable[..., Page], evil_maren: User) -> None:
    running = make_session(evil_maren, [WORDS], title=TITLE)
    key = sharing.make(running, now=timezone.now())[1]
    page = visit(f"/captions/{running.pk}/?key={key}{query}", script=SCRIPTED_EVENTS.read_text())
    page.wait_for_function("streams.length")
    told_final(page, 1, evil("Final"), language='"><script>ran()</script>')
    told_partial(page, evil("Stable"), evil("Tentative"), utterance="u2")
    check(page, "Final", "Stable")


def test_the_administration(visit: Callable[..., Page], evil_maren: User, session: Session) -> None:
    queue.tend(timezone.now())
    boss = make_user("boss", is_staff=True, is_superuser=True)
    page = visit(reverse("admin:index"), boss)
    for name in ("utterance", "session", "user", "review", "access", "captionoutput"):
        page.goto(urljoin(page.url, reverse(f"admin:captions_{name}_changelist")))
        check(page)
    page.goto(urljoin(page.url, reverse("admin:captions_session_changelist") + "?q=pelican"))
    check(page)
    for name, key in (
        ("session", session.pk),
        ("user", evil_maren.pk),
        ("utterance", session.utterances.get(seq=1).pk),
    ):
        page.goto(urljoin(page.url, reverse(f"admin:captions_{name}_change", args=[key])))
        check(page)
    page.goto(urljoin(page.url, reverse("admin:captions_review_changelist")))
    page.get_by_role("button", name="Review the next one").click()
    expect(page.locator("#place-number")).to_contain_text("Possible mistake 1")
    check(page, "Evilname")
    page.keyboard.press("F2")
    page.locator("#written").fill(evil("Reviewed"))
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_contain_text("Reviewed")
    check(page)


def test_what_is_replaced_everywhere(visit: Callable[..., Page], evil_maren: User, session: Session) -> None:
    editing.replace_all(session, Wording("Evilword", evil("Everywhere")), evil_maren)
    page = visit(f"/sessions/{session.pk}/versions/", evil_maren)
    check(page, "Everywhere")
