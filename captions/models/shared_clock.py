"""The clock that all hosts share: PostgreSQL's, since their own ones may differ."""

from datetime import datetime

from django.db import connection


def shared_now() -> datetime:
    """The time there. Raises django.db.DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now
