"""When something was recorded, as files say it. Pure: the time and the time zone are inputs."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

# Clocks that were never set, and formats that count from there, say these days or the one after or before.
_NEVER_SET = ((1904, 1, 1), (1970, 1, 1), (1980, 1, 1), (2000, 1, 1))
_MARGIN = timedelta(days=1)
_EARLIEST = datetime(1925, 1, 1, tzinfo=UTC)
# A clock may be a little ahead.
_SLACK = timedelta(minutes=5)
_DAY = re.compile(r"(\d{4})([-/:.]?)(\d{2})\2(\d{2})(?!\d)")
_SHORT_ZONE = re.compile(r"([+-]\d{2})(\d{2})$")


def recorded_at(text: str, zone: tzinfo, now: datetime) -> datetime | None:
    """The time that a date in a file means; None if it means none, or one at which nothing can have been recorded.

    `text` is a day, or a day and a time, in ISO 8601 or nearly so, as cameras and recorders write it. Without a time
    zone of its own it is in `zone`; a time that a change to winter gives twice is the first of the two. A year or a
    month alone is no date.
    """
    text = _SHORT_ZONE.sub(r"\1:\2", re.sub(" UTC$", "Z", text.strip()))
    day = _DAY.match(text)
    if day is None:
        return None
    try:
        found = datetime.fromisoformat(f"{day[1]}-{day[3]}-{day[4]}{text[day.end() :]}")
        aware = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return aware if is_likely(aware, now) else None


def is_likely(moment: datetime, now: datetime) -> bool:
    """Whether something can have been recorded then."""
    if not _EARLIEST < moment < now + _SLACK:
        return False
    return all(abs(moment - datetime(*day, tzinfo=UTC)) > _MARGIN for day in _NEVER_SET)
