"""How work that does not come in steps keeps its job."""

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from ..models.leased_job import LeasedJob

_EVERY = timedelta(seconds=1)


def signs_of_life(job: LeasedJob) -> Callable[[], None]:
    """A function to call as often as one likes: once a second it renews the lease. It raises LeaseLostError then."""
    renewed_at = timezone.now()

    def renew() -> None:
        nonlocal renewed_at
        now = timezone.now()
        if now - renewed_at >= _EVERY:
            renewed_at = now
            job.renew(now)

    return renew
