"""Distributes tests to the processes of `pytest -n 3`.

A file is never split, so that its fixtures are made once. Files that take long come first, so that no process has to
wait for another at the end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# Tests that start the whole product run in one process: two of them at once would compete for the processors.
_WHOLE_PRODUCT = ("tests/e2e/", "tests/site/launcher/test_launcher.py")
_FIRST = (
    *_WHOLE_PRODUCT,
    "tests/live/worker/test_service.py",
    "tests/asr/process/",
    "tests/asr/engine/test_local_whisper.py",
    "tests/asr/engine/test_package_index.py",
    "tests/management/",
    "tests/webrtc/test_faithful.py",
    "tests/pages/",
)


def hands_out(config: pytest.Config) -> bool:
    """Whether this process only distributes the tests to others."""
    return not hasattr(config, "workerinput") and config.getoption("dist", "no") != "no"


class FileByFile(LoadScopeScheduling):
    """Gives a process its next file when it has nearly finished the current one."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        # Keep our order instead of sorting files by their number of tests.
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return _WHOLE_PRODUCT[0] if file.startswith(_WHOLE_PRODUCT) else file

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=_rank), last=False)
        super()._assign_work_unit(node)


def _rank(scope: str) -> int:
    return next((place for place, start in enumerate(_FIRST) if scope.startswith(start)), len(_FIRST))
