"""The process that sends the periodic tasks."""

import os
from pathlib import Path

import pytest

from whisperstream_site.beat import Scheduler
from whisperstream_site.celery import app


def test_it_ends_when_its_worker_was_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler(app, schedule_filename=str(tmp_path / "beat"), lazy=True)
    monkeypatch.setattr(os, "getppid", lambda: 1)
    with pytest.raises(SystemExit):
        scheduler.tick()
