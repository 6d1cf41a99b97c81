"""Python runs this at its start where its folder is in PYTHONPATH: then its clock is fast by CLOCK_SKEW_SECONDS.

libfaketime would do it for all programs, but with it `time.sleep` of Python 3.11 and later fails.
"""

import ctypes
import gc
import os
import sys
import time
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module

_SKEW = float(os.environ["CLOCK_SKEW_SECONDS"])
_now, _time, _time_ns = datetime.now, time.time, time.time_ns


def _skewed_now(cls: type[datetime], tz: tzinfo | None = None) -> datetime:
    return _now(tz) + timedelta(seconds=_SKEW)


def _skewed_utcnow(cls: type[datetime]) -> datetime:
    return _skewed_now(cls, UTC).replace(tzinfo=None)


time.time = lambda: _time() + _SKEW
time.time_ns = lambda: _time_ns() + round(_SKEW * 1e9)
# A subclass in its place would not be taken for a datetime by libraries in C and Rust.
(_methods,) = (each for each in gc.get_referents(datetime.__dict__) if isinstance(each, dict))
_methods.update(now=classmethod(_skewed_now), utcnow=classmethod(_skewed_utcnow))
ctypes.pythonapi.PyType_Modified(ctypes.py_object(datetime))

# There may be another one behind it.
sys.path.remove(os.path.dirname(__file__))
_this = sys.modules.pop("sitecustomize")
try:
    import_module("sitecustomize")
except ImportError:
    sys.modules["sitecustomize"] = _this
