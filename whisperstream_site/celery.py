"""The Celery application."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import heartbeat_sent

from . import alive

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whisperstream_site.settings")

# The warning is about pickled messages; CELERY_ACCEPT_CONTENT allows only JSON.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("whisperstream")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        f"captions.{feature}"
        for feature in (
            "account",
            "live",
            "recordings",
            "review",
            "second_pass",
            "summaries",
            "tokens",
            "transcripts",
            "uploads",
            "webhooks",
        )
    ]
)
# For all threads: a web process sends tasks from any of its threads.
app.set_default()


@heartbeat_sent.connect
def _still_alive(**kwargs: Any) -> None:
    alive.touch()
