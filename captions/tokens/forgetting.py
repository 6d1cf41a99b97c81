"""Deletes tokens that have not worked for long."""

from datetime import datetime, timedelta

import structlog
from django.db.models import Q

from ..models import ApiToken

log = structlog.get_logger(__name__)

_KEPT = timedelta(days=90)
"""Meanwhile whoever still uses one is told that it was revoked or has expired."""


def forget_old(now: datetime) -> int:
    """Deletes the tokens that were revoked or have expired long ago; returns how many."""
    before = now - _KEPT
    count, _ = ApiToken.objects.filter(Q(revoked_at__lte=before) | Q(expires_at__lte=before)).delete()
    log.info("tokens_forgotten", count=count)
    return count
