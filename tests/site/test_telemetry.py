"""No library reports to anybody that it is used: this product sends nothing of its own accord."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Where it is tested, telemetry may be off already.
_OFF = ("CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "GITHUB_ACTIONS", "TF_BUILD", "DO_NOT_TRACK")
_DETECT = """
from captions.speech.vad import VadModel
VadModel()
from faster_whisper.vad import get_vad_model
get_vad_model()
"""


def test_detecting_voice_leaves_no_identity_of_this_machine(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in _OFF}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment.pop("XDG_CACHE_HOME", None)
    subprocess.run([sys.executable, "-c", _DETECT], env=environment, cwd=ROOT, check=True, timeout=120)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
