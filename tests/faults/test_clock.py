"""The clock that jumps: what a process with it is told, of the time of day and of the steady clock."""

import os
import subprocess
import sys
import time

import pytest

from tests.faults import clock

_ASK = "import time; print(time.time(), time.monotonic(), flush=True); input(); print(time.time(), time.monotonic())"


@pytest.mark.skipif(bool(clock.missing()), reason=clock.missing())
def test_time_of_day_jumps_and_the_steady_clock_goes_on():
    with clock.jumping_clock():
        process = subprocess.Popen(
            [sys.executable, "-c", _ASK],
            env={**os.environ, **clock.SETTINGS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        first = [float(each) for each in process.stdout.readline().split()]
        assert abs(first[0] - time.time()) < 60
        clock.set_ahead(3600)
        told, _ = process.communicate("\n", timeout=60)
    second = [float(each) for each in told.split()]
    assert 3600 <= second[0] - first[0] < 3660
    assert 0 <= second[1] - first[1] < 60
