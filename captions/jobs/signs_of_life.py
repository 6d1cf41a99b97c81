"""How work that does not come in steps keeps its job."""

import time
from collections.abc import Callable

from ..models.leased_job import LeasedJob
from ..models.shared_clock import shared_now

_EVERY_SECONDS = 1.0


def signs_of_life(job: LeasedJob) -> Callable[[], None]:
    """A function to call as often as one likes: once a second it renews the lease. It raises LeaseLostError then."""
    renewed_at = time.monotonic()

    def renew() -> None:
        nonlocal renewed_at
        now = time.monotonic()
        if now - renewed_at >= _EVERY_SECONDS:
            renewed_at = now
            job.renew(shared_now())

    return renew
