"""A process that writes down an upload, as a Celery worker does, for tests that kill it: `python -m … UPLOAD_ID`.

Writes `heard MS` for every sign of progress and `written` at the end.
"""

import os
import sys
from typing import Any
from uuid import UUID

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.checking_settings")
django.setup()

from captions.asr.offline.listener import Progress, listen  # noqa: E402
from captions.uploads import writing  # noqa: E402


def watched(job: Any) -> Any:
    for event in listen(job):
        if isinstance(event, Progress):
            print("heard", event.heard_ms, flush=True)
        yield event


if __name__ == "__main__":
    vars(writing)["listen"] = watched
    writing.write(UUID(sys.argv[1]))
    print("written", flush=True)
