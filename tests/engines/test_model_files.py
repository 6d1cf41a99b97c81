import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from captions.engines import hub, model_files
from captions.engines.base import EngineError, Wanted
from captions.engines.model_files import DEMO_FOLDER, locate, probe
from tests.engines import fake_hub

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
        copy = shutil.copytree(DEMO_FOLDER, tmp_path / "model")
        located = locate(Wanted(str(copy)))
        assert located == model_files.Located(str(copy), str(copy), demo=False)

    @pytest.mark.parametrize("spelling", ["demo", str(DEMO_FOLDER), f"{DEMO_FOLDER}/../demo_model"])
    def test_the_demo_model_is_known_however_it_is_named(self, spelling: str) -> None:
        located = locate(Wanted(spelling))
        assert located.demo
        assert located.name == "demo"
        assert located.reason == ""

    def test_a_folder_that_does_not_exist(self) -> None:
        with pytest.raises(EngineError, match=r"/nowhere/model does not exist.*WHISPER_MODEL=/path/to/model"):
            locate(Wanted("/nowhere/model"))

    def test_a_folder_that_does_not_exist_is_not_replaced(self) -> None:
        with pytest.raises(EngineError, match="does not exist"):
            locate(Wanted("/nowhere/model", demo_allowed=True))

    def test_a_file(self) -> None:
        with pytest.raises(EngineError, match=r"model\.bin is a file, and a model is a folder"):
            locate(Wanted(str(DEMO_FOLDER / "model.bin")))

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
        copy = shutil.copytree(DEMO_FOLDER, tmp_path / "model")
        (copy / "model.bin").write_bytes(content)
        with pytest.raises(EngineError, match=expected):
            locate(Wanted(str(copy)))

    @pytest.mark.parametrize("name", ["tokenizer.json", "vocabulary.json"])
    def test_a_missing_part(self, tmp_path: Path, name: str) -> None:
        copy = shutil.copytree(DEMO_FOLDER, tmp_path / "model")
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


class TestHub:
    def test_downloads_once_and_says_how_far_it_is(self, there: fake_hub.Hub, wanted: Wanted) -> None:
        seen: list[tuple[int, int]] = []
        assert probe(wanted) is None
        located = locate(wanted, lambda done, total: seen.append((done, total)))
        assert located.name == REPOSITORY
        assert not located.demo
        assert (Path(located.path) / "model.bin").read_bytes() == (DEMO_FOLDER / "model.bin").read_bytes()
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
        assert time.monotonic() - started < 3

    def test_no_hub(self, away: None, wanted: Wanted) -> None:
        started = time.monotonic()
        for find in (locate, probe):
            with pytest.raises(
                EngineError, match=r"could not be downloaded.*WHISPER_MODEL=/path/to/model"
            ) as raised:
                find(wanted)
            assert raised.value.retryable
        assert time.monotonic() - started < 10

    def test_the_demo_model_stands_in_only_where_it_may(self, away: None, tmp_path: Path) -> None:
        for find in (locate, probe):
            located = find(Wanted("", "cpu", demo_allowed=True, folder=str(tmp_path)))
            assert located is not None
            assert located.demo
            assert located.path == str(DEMO_FOLDER)
            assert "faster-whisper-base" in located.reason
            assert "WHISPER_MODEL" in located.reason

    def test_forbidden_network(self, wanted: Wanted, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
        with pytest.raises(EngineError, match="HF_HUB_OFFLINE forbids"):
            locate(wanted)

    def test_a_cache_that_cannot_be_written(self, there: fake_hub.Hub, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(EngineError, match="someone/their-whisper"):
            locate(Wanted(REPOSITORY, folder=str(tmp_path / "file")))
