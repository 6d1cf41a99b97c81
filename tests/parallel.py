"""Distributes tests to the processes of `pytest -n 3`.

A file is never split, so that its fixtures are made once. Files that take long come first, so that no process has to
wait for another at the end.
"""

import os

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

# Tests that dictate run in one process, since two of them at once would compete for the processors. It is busy for
# longer than the others, and takes no part in what has a product of its own.
_DICTATING = "tests/e2e/"
_ELSEWHERE = ("tests/e2e/test_files_for_programs.py", "tests/e2e/test_base_path.py")
_FIRST = (
    _DICTATING,
    "tests/chain/",
    "tests/site/launcher/test_launcher.py",
    "tests/live/worker/test_service.py",
    "tests/asr/process/",
    "tests/asr/engine/test_local_whisper.py",
    "tests/asr/engine/test_package_index.py",
    *_ELSEWHERE,
    "tests/management/",
    "tests/webrtc/test_faithful.py",
    "tests/uploads/test_writing.py",
    "tests/site/test_prepare.py",
    "tests/pages/",
    "tests/web/test_server.py",
    "tests/site/test_settings.py",
    "tests/transcripts/test_final_writer_outages.py",
)


_LATER = 5
"""The niceness of all other tests: speech does not wait for a processor."""


def give_way(item: pytest.Item) -> None:
    """Lets tests that dictate go first, if this is none of them, or none any more."""
    if "PYTEST_XDIST_WORKER" in os.environ and not _dictates(item.nodeid) and os.nice(0) < _LATER:
        os.nice(_LATER)


# Speech goes by the clock on the wall, whatever else the machine has to do.
_BY_THE_CLOCK = (_DICTATING, "tests/chain/", "tests/machines/", "tests/pages/dictation/")


def may_run_twice(item: pytest.Item) -> None:
    """Lets a test in which speech goes by the clock run once more if it fails; the summary names it all the same."""
    if item.nodeid.startswith(_BY_THE_CLOCK):
        item.add_marker(pytest.mark.flaky(reruns=1))


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
        return _DICTATING if _dictates(nodeid) else _file(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=_rank), last=False)
        super()._assign_work_unit(node)


def _file(nodeid: str) -> str:
    return nodeid.split("::", 1)[0]


def _dictates(nodeid: str) -> bool:
    return nodeid.startswith(_DICTATING) and _file(nodeid) not in _ELSEWHERE


def _rank(scope: str) -> int:
    if scope in _ELSEWHERE:
        return _FIRST.index(scope)
    return next((place for place, start in enumerate(_FIRST) if scope.startswith(start)), len(_FIRST))
