"""The Celery application."""

import os
import warnings

from celery import Celery
from celery.platforms import SecurityWarning

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "whisperstream_site.settings")

# It is about pickled messages; ours are JSON, and nothing else is accepted.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("whisperstream")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        f"captions.{feature}"
        for feature in ("account", "live", "recordings", "review", "second_pass", "uploads")
    ]
)
# In every thread: a web process has several, and tasks are sent from any.
app.set_default()
