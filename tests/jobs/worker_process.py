"""A process that does a job, as a Celery worker does, for tests that kill it: `python -m … FUNCTION KEY`.

FUNCTION is the dotted name of the job's function, KEY its argument. Recordings are below TEST_SOUND_DIR. The process
writes `heard MS` at each progress and `done` at the end.
"""

import os
import sys
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.checking_settings")
django.setup()

from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

from captions.asr.offline.listener import Progress, listen  # noqa: E402
from captions.jobs import transcribing  # noqa: E402
from captions.models import Recording  # noqa: E402


def watched(job: Any) -> Any:
    for event in listen(job):
        if isinstance(event, Progress):
            print("heard", event.heard_ms, flush=True)
        yield event


if __name__ == "__main__":
    vars(transcribing)["listen"] = watched
    if folder := os.environ.get("TEST_SOUND_DIR"):
        field: Any = Recording._meta.get_field("file")
        field.storage = FileSystemStorage(location=folder)
    import_string(sys.argv[1])(UUID(sys.argv[2]))
    print("done", flush=True)
