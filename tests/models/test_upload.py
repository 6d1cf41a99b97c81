from datetime import UTC, datetime, timedelta

import pytest

from captions.models import Upload

NOW = datetime(2025, 11, 18, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("heard", "whole", "percent"),
    [
        (0, 60_000, None),
        (599, 60_000, None),
        (600, 60_000, 1),
        (24_900, 60_000, 41),
        (60_000, 60_000, 99),
        (5, 0, None),
    ],
)
def test_percent(heard: int, whole: int, percent: int | None) -> None:
    assert Upload(heard_ms=heard, duration_ms=whole).percent == percent


def test_what_is_left_goes_on_as_it_went() -> None:
    upload = Upload(state="working", heard_ms=41_000, duration_ms=100_000, due_at=NOW + Upload.LEASE)
    upload.started_at = NOW - timedelta(seconds=123)
    left = upload.left(NOW)
    assert left is not None
    assert left.total_seconds() == pytest.approx(177)
    upload.heard_ms, upload.started_at = 1_000, NOW - timedelta(seconds=20)
    left = upload.left(NOW)
    assert left is not None
    assert left.total_seconds() == pytest.approx(1_980)


@pytest.mark.parametrize(
    "fields",
    [
        {"heard_ms": 0},
        {"duration_ms": 0},
        {"due_at": None},
        {"started_at": NOW - timedelta(seconds=2)},
        # The model was loaded in that time, and a second or two of sound was heard.
        {"started_at": NOW - timedelta(seconds=19), "heard_ms": 1_900},
        {"heard_ms": 900},
        {"due_at": NOW + Upload.LEASE - timedelta(seconds=10)},
    ],
)
def test_nobody_can_tell_too_early_or_while_nobody_works(fields: dict[str, object]) -> None:
    values = {
        "state": "working",
        "heard_ms": 41_000,
        "duration_ms": 100_000,
        "started_at": NOW - timedelta(minutes=1),
        "due_at": NOW + Upload.LEASE,
    }
    assert Upload(**values | fields).left(NOW) is None
