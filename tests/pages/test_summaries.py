"""The summary of a transcript, as it grows on its page."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from captions.models import Session, Summary, User
from captions.summaries import client, job, tasks
from tests.factories import make_ended_session
from tests.pages.axe import violations
from tests.pages.conftest import NARROW, OpenPage
from tests.processes import until
from tests.summaries.conftest import service
from tests.summaries.fake import DONE, FakeService, said

__all__ = ["service"]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Celery worker of a thread for each summary."""
    monkeypatch.setattr(client, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(job, "_SAVE_SECONDS", 0.0)
    threads = []

    def write(pk: str) -> None:
        def work() -> None:
            job.write(Summary._meta.pk.to_python(pk))
            connection.close()

        threads.append(threading.Thread(target=work))
        threads[-1].start()

    monkeypatch.setattr(tasks.write_summary, "delay", write)
    yield
    for thread in threads:
        thread.join(60)


@pytest.fixture
def session(maren: User, service: FakeService, worker: None) -> Session:
    service.parts = (said("# The pier\n\nThey met at nine."), said("\n\n## To do\n- Call Ada", "stop") + DONE)
    service.go_on.clear()
    return make_ended_session(maren, ["We met at nine.", "Call Ada."])


def begin(page: Page) -> None:
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Summarise").click()
    expect(
        page.get_by_text("given to another program on this server (127.0.0.1, small-model)")
    ).to_be_visible()
    page.get_by_role("button", name="Send text and summarise").click()
    expect(page.get_by_role("heading", name="The pier")).to_be_visible()
    expect(page.get_by_text("They met at nine.")).to_be_visible()
    expect(page.get_by_text("Being written…")).to_be_visible()


def test_it_grows_above_the_transcript(
    open_page: OpenPage, maren: User, session: Session, service: FakeService
) -> None:
    page = open_page(session.get_absolute_url(), maren)
    begin(page)
    expect(page.get_by_text("We met at nine.")).to_be_visible()
    assert violations(page) == []
    service.go_on.set()
    expect(page.get_by_role("listitem").filter(has_text="Call Ada")).to_be_visible()
    expect(page.get_by_text("Written by a language model (small-model, 127.0.0.1)")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == [], scheme
    page.set_viewport_size(NARROW)
    page.get_by_role("button", name="Use “The pier” as title").click()
    expect(page.get_by_role("heading", level=1, name="The pier")).to_be_visible()
    expect(page.get_by_text("Use as title")).to_have_count(0)
    page.get_by_role("button", name="Delete summary").click()
    expect(page.get_by_text("Written by a language model")).to_have_count(0)
    expect(page.get_by_text("We met at nine.")).to_be_visible()


def test_it_is_cancelled_while_the_model_stalls(
    open_page: OpenPage, maren: User, session: Session, service: FakeService
) -> None:
    page = open_page(session.get_absolute_url(), maren)
    begin(page)
    page.locator("#summary-cancel").click()
    expect(page.get_by_text("You have cancelled this.")).to_be_visible()
    expect(page.get_by_text("They met at nine.")).to_be_visible()
    assert service.left.wait(60), "the worker has hung up"
    page.get_by_role("link", name="Write again").click()
    service.go_on.set()
    page.get_by_role("button", name="Send text and summarise").click()
    expect(page.get_by_text("Written by a language model")).to_be_visible()


def test_without_scripts(open_page: OpenPage, maren: User, session: Session, service: FakeService) -> None:
    page = open_page(f"{session.get_absolute_url()}summary/", maren, java_script_enabled=False)
    page.get_by_role("button", name="Send text and summarise").click()
    service.go_on.set()
    until(lambda: Summary.objects.filter(state="ready").exists(), "the summary")
    page.reload()
    expect(page.get_by_text("Written by a language model")).to_be_visible()
    page.get_by_role("button", name="Delete summary").click()
    expect(page.get_by_text("Written by a language model")).to_have_count(0)
