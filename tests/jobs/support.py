"""Scripted transcriptions, and workers that a test can kill."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psutil
import pytest
from django.conf import settings as django_settings
from django.db import connection

from captions.jobs import transcribing
from tests.conftest import REPOSITORY
from tests.processes import gone, until
from tests.toy import TOY_MODEL


def script(monkeypatch: pytest.MonkeyPatch, *events: Any) -> list[Any]:
    """Makes the next transcriptions yield these events; returns the list of jobs that they are called with.

    An event may be an exception, which is raised, or a function, which is called.
    """
    jobs: list[Any] = []

    def heard(job: Any) -> Iterator[Any]:
        jobs.append(job)
        for event in events:
            if isinstance(event, Exception):
                raise event
            if callable(event):
                event()
            else:
                yield event

    monkeypatch.setattr(transcribing, "listen", heard)
    return jobs


class Worker:
    """A separate process that works on a job and has made some progress."""

    def __init__(self, function: str, pk: UUID, **environment: str) -> None:
        database = connection.settings_dict
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.worker_process", function, str(pk)],
            cwd=REPOSITORY,
            env={
                **os.environ,
                "DATABASE_URL": django_settings.DATABASE_URL.replace(
                    "/whisperstream?", f"/{database['NAME']}?"
                ),
                "REDIS_URL": django_settings.REDIS_URL,
                "WHISPER_MODEL": TOY_MODEL,
                "WHISPER_DEVICE": "cpu",
                "DJANGO_SETTINGS_MODULE": "whisperstream_site.settings",
                **environment,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout
        while (line := self._process.stdout.readline()).split() in (["heard", "0"], []):
            assert self._process.poll() is None
        assert line.startswith("heard")

    def kill(self) -> None:
        """Kills the process and waits until its child processes have ended too."""
        children = psutil.Process(self._process.pid).children(recursive=True)
        assert len(children) == 2
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()
        until(lambda: all(gone(child.pid) for child in children), "its processes are gone")
