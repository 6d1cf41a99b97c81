from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from captions.core.recorded import recorded_at

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2025, 11, 18, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-12T10:20:30.000000Z", "2024-05-12T10:20:30+00:00"),
        ("2024-05-12T12:20:30+0200", "2024-05-12T10:20:30+00:00"),
        ("2024-05-12T12:20:30+02:00", "2024-05-12T10:20:30+00:00"),
        # Without a zone it is the person's, in summer and in winter.
        ("2024-05-12 12:20:30", "2024-05-12T10:20:30+00:00"),
        ("2024-01-12T12:20", "2024-01-12T11:20:00+00:00"),
        ("2024/05/12 12:20:30", "2024-05-12T10:20:30+00:00"),
        ("2024-05-12", "2024-05-11T22:00:00+00:00"),
        ("2024:05:12 12:20:30", "2024-05-12T10:20:30+00:00"),
        ("2024-05-12 10:20:30 UTC", "2024-05-12T10:20:30+00:00"),
        ("20240512T122030", "2024-05-12T10:20:30+00:00"),
        ("20240512", "2024-05-11T22:00:00+00:00"),
        # The hour that there is twice, and the one that there is not.
        ("2024-10-27 02:30:00", "2024-10-27T00:30:00+00:00"),
        ("2024-03-31 02:30:00", "2024-03-31T01:30:00+00:00"),
        # Clocks that were never set, dates to come, and what is no date.
        ("1904-01-01T00:00:00Z", None),
        ("1970-01-01T00:00:01.000000Z", None),
        ("1980-01-01", None),
        ("2000-01-01 00:03:00", None),
        ("2040-02-06T06:28:15Z", None),
        ("2025-11-18T12:30:00Z", None),
        ("2025-11-18T12:01:00Z", "2025-11-18T12:01:00+00:00"),
        ("2024", None),
        ("2024-05", None),
        ("2024-0512", None),
        ("12345678", None),
        ("202405121", None),
        ("0000-00-00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2024-13-45T99:99", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_of_a_file_is_when_it_was_recorded_if_that_can_be(text: str, expected: str | None) -> None:
    found = recorded_at(text, BERLIN, NOW)
    assert (found and found.isoformat()) == expected
