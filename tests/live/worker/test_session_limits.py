from dataclasses import replace

import pytest

from captions.live.worker.session_limits import LiveLimits, Signs

LIMITS = LiveLimits(
    session_seconds=3600,
    silence_seconds=900,
    pause_seconds=1800,
    media_end_seconds=120,
    resume_seconds=60,
    alone_seconds=600,
    stop_grace_seconds=0.5,
)
NOW = 10_000.0
ALIVE = Signs(heard_at=NOW, present_at=NOW, voice_at=NOW)


@pytest.mark.parametrize(
    ("signs", "clock_ms", "paused", "reason"),
    [
        ({}, 0, False, None),
        ({}, 3_599_999, False, None),
        ({}, 3_600_000, False, "limit"),
        ({}, 3_600_000, True, "limit"),
        ({"present_at": NOW - 60}, 0, True, None),
        # Its sound arrives.
        ({"present_at": NOW - 600}, 0, False, None),
        ({"present_at": NOW - 601}, 0, False, "lost"),
        ({"present_at": NOW - 61, "heard_at": NOW - 61}, 0, False, "lost"),
        ({"present_at": NOW - 61}, 0, True, "lost"),
        ({"heard_at": NOW - 120}, 0, False, None),
        ({"heard_at": NOW - 121}, 0, False, "lost"),
        ({"heard_at": NOW - 121}, 0, True, None),
        ({"heard_at": NOW - 1_801}, 0, True, "silence"),
        ({"voice_at": NOW - 900}, 0, False, None),
        ({"voice_at": NOW - 901}, 0, False, "silence"),
        ({"voice_at": NOW - 901}, 0, True, None),
    ],
)
def test_why_a_session_is_over(
    signs: dict[str, float], clock_ms: int, paused: bool, reason: str | None
) -> None:
    assert LIMITS.why_over(NOW, replace(ALIVE, **signs), clock_ms=clock_ms, paused=paused) == reason
