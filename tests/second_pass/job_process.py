"""A process that listens to a recording again, as a Celery worker does, for tests that kill it: `python -m … PROPOSAL`.

Recordings are below TEST_SOUND_DIR. Writes `heard MS` for every sign of progress and `proposed` at the end.
"""

import os
import sys
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.checking_settings")
django.setup()

from django.core.files.storage import FileSystemStorage  # noqa: E402

from captions.asr.offline.listener import Progress, listen  # noqa: E402
from captions.models import Recording  # noqa: E402
from captions.second_pass import job as again  # noqa: E402


def watched(job: Any) -> Any:
    for event in listen(job):
        if isinstance(event, Progress):
            print("heard", event.heard_ms, flush=True)
        yield event


if __name__ == "__main__":
    vars(again)["listen"] = watched
    field: Any = Recording._meta.get_field("file")
    field.storage = FileSystemStorage(location=os.environ["TEST_SOUND_DIR"])
    again.listen_again(UUID(sys.argv[1]))
    print("proposed", flush=True)
