"""Describes the machine on which figures are measured."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

from ..asr.engine.devices import cores


def describe() -> dict[str, Any]:
    """The machine and versions, as JSON. `busy` is the share of processor time that other programs use now."""
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_name(),
        "cores": cores(),
        "memory_mb": psutil.virtual_memory().total // 1_000_000,
        "busy": round(psutil.cpu_percent(interval=1.0) / 100, 2),
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "ctranslate2": version("ctranslate2"),
        "faster_whisper": version("faster-whisper"),
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())
