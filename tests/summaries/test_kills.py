"""A worker is killed while the model writes."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from captions.models import Summary
from captions.models.summary import READY, WORKING
from captions.summaries import asking, job
from captions.summaries.service import configured
from tests.conftest import REPOSITORY
from tests.factories import make_ended_session, make_user
from tests.processes import until
from tests.summaries.fake import DONE, FakeService, said

_WORKER = """
import sys, uuid, django
django.setup()
from captions.summaries import job
job.write(uuid.UUID(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_another_one_begins_it_again(service: FakeService) -> None:
    service.parts = (said("# The pier"), said(" at nine", "stop") + DONE)
    service.go_on.clear()
    found = configured()
    assert found
    summary = asking.ask(make_ended_session(make_user(), ["We met at nine."]), found)
    database = connection.settings_dict
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(summary.pk)],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.checking_settings",
            "DATABASE_URL": settings.DATABASE_URL.replace("/whisperstream?", f"/{database['NAME']}?"),
            "LLM_BASE_URL": service.url,
            "LLM_MODEL": "small-model",
        },
    )

    def row() -> Summary:
        summary.refresh_from_db()
        return summary

    try:
        until(lambda: row().text, "the first words are saved")
    finally:
        worker.kill()
        worker.wait()
    assert (row().state, row().text) == (WORKING, "# The pier")
    assert row().due_at is not None
    assert row().due_at <= timezone.now() + Summary.LEASE, "soon anybody may take it up"  # type: ignore[operator]
    service.go_on.set()
    Summary.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    job.write(summary.pk)
    assert (row().state, row().text) == (READY, "# The pier at nine")
