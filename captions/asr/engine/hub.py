"""Downloads models from the Hugging Face hub, reports progress, and fails within seconds if the hub is unreachable."""

import errno
import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import huggingface_hub
from huggingface_hub import constants
from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError
from tqdm import tqdm

from ...core.abandoning import AbandonedError, within
from .base import EngineError

# The files that faster-whisper itself downloads.
FILES = ["config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.*"]
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 8.0

INSTEAD = "Set WHISPER_MODEL=/path/to/model to use a model that is on this machine."

Progress = Callable[[int, int], None]
"""Called with the bytes downloaded and the bytes in all, a few times a second, from any thread."""


def cached(repo: str, folder: str = "", files: Sequence[str] = FILES) -> str | None:
    """The path of a model that was downloaded completely; None if there is none. Never uses the network."""
    try:
        return str(
            huggingface_hub.snapshot_download(
                repo, cache_dir=folder or None, allow_patterns=[*files], local_files_only=True
            )
        )
    except (LocalEntryNotFoundError, OSError, ValueError):
        return None


def check(repo: str) -> None:
    """Raises EngineError, within `ANSWER_SECONDS`, if the hub does not have the model or cannot be reached."""
    if constants.is_offline_mode():
        raise EngineError(
            f"The model {repo} is not on this machine, and HF_HUB_OFFLINE forbids to download it. {INSTEAD}"
        )
    ask = partial(huggingface_hub.HfApi().model_info, repo, timeout=CONNECT_SECONDS)
    try:
        within(ANSWER_SECONDS, ask, "hub-check")
    except AbandonedError as error:
        raise _unreachable(repo, str(error)) from None
    except (
        Exception
    ) as error:  # The libraries below raise a dozen kinds, all meaning that there is no answer.
        raise _explained(repo, error) from error


def download(
    repo: str, folder: str = "", on_progress: Progress | None = None, files: Sequence[str] = FILES
) -> str:
    """Downloads a model, resuming an earlier attempt, and returns its path. Raises EngineError."""
    check(repo)
    try:
        return str(
            huggingface_hub.snapshot_download(
                repo,
                cache_dir=folder or None,
                allow_patterns=[*files],
                etag_timeout=CONNECT_SECONDS,
                tqdm_class=_bars(on_progress or (lambda done, total: None)),
            )
        )
    except Exception as error:  # The libraries below raise a dozen kinds, all meaning that it did not come.
        raise _explained(repo, error, folder) from error


def _bars(on_progress: Progress) -> type[Any]:
    """A class of progress bars for tqdm that draw nothing, and report bytes to `on_progress`."""
    best = [0, 0]

    class Bar(tqdm):
        monitor_interval = 0

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **{**kwargs, "file": io.StringIO(), "disable": False})

        def display(self, msg: str | None = None, pos: int | None = None) -> bool:
            if self.unit == "B" and self.total:
                # Downloading and unpacking have a bar each, with the same total.
                best[0] = max(best[0], int(self.n))
                best[1] = max(best[1], int(self.total))
                on_progress(min(best), best[1])
            return True

    return Bar


def _explained(repo: str, error: Exception, folder: str = "") -> EngineError:
    if isinstance(error, (RepositoryNotFoundError, HFValidationError)):
        return EngineError(
            f"{constants.ENDPOINT} has no model {repo} that can be read without logging in. "
            "Set WHISPER_MODEL to a name such as base, or to /path/to/model."
        )
    if isinstance(error, OSError) and error.errno in {
        errno.ENOSPC,
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.EDQUOT,
    }:
        where = folder or constants.HF_HUB_CACHE
        return EngineError(
            f"The model {repo} cannot be saved in {where} ({error.strerror}). "
            "Make room or give access there, or set HF_HOME to another folder."
        )
    return _unreachable(repo, f"{type(error).__name__}: {error}".split("\n")[0].strip().rstrip(".")[:200])


def _unreachable(repo: str, why: str) -> EngineError:
    return EngineError(
        f"The model {repo} is not on this machine and could not be downloaded from {constants.ENDPOINT} ({why}). "
        f"{INSTEAD}",
        retryable=True,
    )
