from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from captions.models import Archive, Proposal, Review, Session, TranscriptGap, Upload

NOW = datetime(2026, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def before() -> Iterator[Callable[[str], Any]]:
    """The models as they were before jobs were leased; at the end the database is as it was."""
    executor = MigrationExecutor(connection)
    latest = executor.loader.graph.leaf_nodes()
    executor.migrate([("captions", "0019_automatic_second_pass")])
    apps = executor.loader.project_state([("captions", "0019_automatic_second_pass")]).apps
    try:
        yield lambda name: apps.get_model("captions", name)
    finally:
        MigrationExecutor(connection).migrate(latest)


def test_a_database_of_the_version_before_keeps_what_waits_and_who_works_on_it(
    before: Callable[[str], Any],
) -> None:
    user = before("User").objects.create(
        username="ada", email="ada@example.org", password=make_password(None)
    )

    def session() -> Any:
        return before("Session").objects.create(user=user)

    uploads = {
        state: before("Upload").objects.create(
            user=user, name=state, size=1, state=state, attempts=2, active_at=NOW
        )
        for state in ("receiving", "waiting", "working", "failed")
    }
    proposals = {
        state: before("Proposal").objects.create(session=session(), state=state, attempts=1, active_at=NOW)
        for state in ("waiting", "ready")
    }
    archive = before("Archive").objects.create(user=user, run=2, active_at=NOW)
    gaps = {
        done_at: before("Missed").objects.create(
            session=session(), start_ms=0, end_ms=900, attempts=4, due_at=NOW, done_at=done_at
        )
        for done_at in (None, NOW)
    }
    reviews = {
        state: before("Review").objects.create(
            session=session(), state=state, reviewer=user, queued_at=NOW, active_at=NOW
        )
        for state in ("waiting", "taken", "approved")
    }

    counts = {"th": "สวัสดีครับ", "": "สวัสดีครับ วันนี้", "en": "One two three."}
    said = {language: before("Session").objects.create(user=user, language=language) for language in counts}
    for language, row in said.items():
        before("Utterance").objects.create(session=row, seq=1, start_ms=0, end_ms=900, text=counts[language])
    before("Session").objects.filter(pk=said[""].pk).update(detected="th")
    before("Session").objects.update(word_count=1)

    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())

    assert {language: Session.objects.get(pk=row.pk).word_count for language, row in said.items()} == {
        "th": 2,
        "": 4,
        "en": 1,
    }
    minute = timedelta(minutes=1)
    assert {name: Upload.objects.get(pk=row.pk).due_at for name, row in uploads.items()} == {
        "receiving": None,
        "waiting": NOW + minute,
        "working": NOW + minute,
        "failed": None,
    }
    assert Upload.objects.get(pk=uploads["working"].pk).attempts == 2
    assert {name: Proposal.objects.get(pk=row.pk).due_at for name, row in proposals.items()} == {
        "waiting": NOW + timedelta(seconds=20),
        "ready": None,
    }
    made = Archive.objects.get(pk=archive.pk)
    assert (made.attempts, made.due_at) == (2, NOW + 15 * minute)
    assert {done: TranscriptGap.objects.get(pk=row.pk).due_at for done, row in gaps.items()} == {
        None: NOW,
        NOW: None,
    }
    assert {name: Review.objects.get(pk=row.pk).due_at for name, row in reviews.items()} == {
        "waiting": NOW,
        "taken": NOW + 30 * minute,
        "approved": None,
    }
