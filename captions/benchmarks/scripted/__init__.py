"""A stand-in for Whisper, for tests and benchmarks of all the rest: it takes hardly any time and makes no errors.

It hears the words of recordings whose reference is known, in sound that really arrives: what is lost on the way is
missing in its text, and what comes twice is there twice. `environment` puts it in the place of Whisper in every process
that is started with these variables.
"""

import os
from collections.abc import Iterable
from pathlib import Path

SPEECH = "SCRIPTED_SPEECH"
"""The variable that names the recordings."""
_HOOK = str(Path(__file__).with_name("hook"))


def environment(recordings: Iterable[Path]) -> dict[str, str]:
    """The variables of a process that hears these recordings, each with its reference beside it."""
    return {
        SPEECH: os.pathsep.join(map(str, recordings)),
        "PYTHONPATH": os.pathsep.join(filter(None, (_HOOK, os.environ.get("PYTHONPATH", "")))),
    }
