"""Under which date the transcript of a file is filed."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django.utils import timezone

from ..core import time_zones
from ..core.recorded import is_likely, recorded_at
from ..models import Upload
from ..models.session import SessionDated


def filed(upload: Upload, dates: Iterable[str]) -> tuple[datetime, SessionDated]:
    """When a file was recorded, and how that is known: as it says itself, else when it was changed, else when it came.

    `dates` are what the file says, the best first. Times without a zone are in that of the upload's user.
    """
    now = timezone.now()
    zone = time_zones.zone(upload.user.time_zone) or timezone.get_default_timezone()
    for text in dates:
        if moment := recorded_at(text, zone, now):
            return moment, SessionDated.RECORDED
    if upload.modified:
        try:
            changed = datetime.fromtimestamp(upload.modified / 1000, UTC)
        except (OverflowError, ValueError, OSError):
            return upload.created_at, SessionDated.ADDED
        if is_likely(changed, now):
            return changed, SessionDated.FILE
    return upload.created_at, SessionDated.ADDED
