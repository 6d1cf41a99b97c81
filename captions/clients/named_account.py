"""The account for which a port without tokens speaks, by the user name that the settings have."""

from channels.db import database_sync_to_async
from django.utils.translation import gettext as _

from ..core.errors import RefusedError
from ..models import User


class NoAccountError(RefusedError):
    """No account has this user name, or it may not log in."""


async def named_account(username: str) -> User:
    """Raises NoAccountError, and django.db.Error where the database is away."""
    usable = User.objects.filter(username=username, is_active=True, leaving_at=None)
    user: User | None = await database_sync_to_async(usable.first)()
    if user is None:
        raise NoAccountError(_("The account for which this port speaks is missing or deactivated."))
    return user
