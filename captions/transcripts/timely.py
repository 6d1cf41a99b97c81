"""Searches that end in time: PostgreSQL stops one that would hold a connection of the pool for long."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from psycopg.errors import QueryCanceled

from ..core.errors import UnavailableError

# Hundreds of times what one usually takes, and less than a proxy waits.
_MILLISECONDS = 10_000


class SlowSearchError(UnavailableError):
    """PostgreSQL has stopped a search. The text is a sentence for its person."""

    def __init__(self) -> None:
        super().__init__(_("This search took too long. Add a word that is less common."))


@contextmanager
def timely() -> Iterator[None]:
    """Reads with a limit for each statement. Raises SlowSearchError."""
    try:
        with transaction.atomic():
            _limit(str(_MILLISECONDS))
            yield
            # Where it is part of a longer transaction, which goes on without one.
            _limit("DEFAULT")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SlowSearchError from error
        raise


def _limit(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout TO {value}")
