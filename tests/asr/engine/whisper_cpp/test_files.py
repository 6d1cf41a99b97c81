"""How models for whisper.cpp are found and made, and what is said where something is missing."""

import struct
import subprocess
import sys
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from captions.asr.engine import hub
from captions.asr.engine.base import EngineError, Wanted
from captions.asr.engine.choice import EngineChoice, files_of, whisper
from captions.asr.engine.located import Located
from captions.asr.engine.whisper_cpp import library, model_files
from captions.asr.engine.whisper_cpp.conversion import convert
from tests.toy import TOY_FOLDER

HEAD = struct.pack("<12i", 0x67676D6C, 51_864, 1500, 384, 6, 4, 448, 384, 6, 4, 80, 1)


def wanted(model: str = "", folder: str = "") -> Wanted:
    return Wanted(model, folder=folder, runtime="whisper-cpp")


class TestPaths:
    def test_a_file_is_taken_as_it_is(self, tmp_path: Path) -> None:
        path = tmp_path / "mine.bin"
        path.write_bytes(HEAD)
        files = files_of(wanted())
        assert files.locate(wanted(str(path))) == Located(str(path), str(path), "folder")
        assert files.probe(wanted(str(path)))

    @pytest.mark.parametrize(
        ("content", "sentence"), [(None, "does not exist"), (b"x" * 48, "not a Whisper"), (b"x", "too short")]
    )
    def test_another_one_is_refused(self, tmp_path: Path, content: bytes | None, sentence: str) -> None:
        path = tmp_path / "mine.bin"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(EngineError, match=rf"{sentence}.* Set WHISPER_MODEL to"):
            model_files.find(wanted(str(path)))

    def test_a_folder_can_be_converted(self) -> None:
        with pytest.raises(EngineError, match=r"is a folder.*manage\.py ggml_model"):
            model_files.find(wanted(str(TOY_FOLDER)))

    def test_names_are_those_of_the_hub(self) -> None:
        assert model_files.name_of(wanted()) == "base-q8_0"
        assert {"base", "tiny.en-q5_1", "large-v3-turbo-q5_0"} <= set(model_files.NAMES)
        with pytest.raises(EngineError, match="'bass' is neither the name of a model"):
            model_files.find(wanted("bass"))


class TestHub:
    """With a snapshot in the place of the hub's, for there is no hub here."""

    def test_one_file_is_downloaded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        asked = []

        def snapshot(
            repo: str, *, allow_patterns: list[str], local_files_only: bool = False, **_: object
        ) -> str:
            if local_files_only:
                raise LocalEntryNotFoundError("none")
            asked.append((repo, allow_patterns))
            (tmp_path / allow_patterns[0]).write_bytes(HEAD)
            return str(tmp_path)

        monkeypatch.setattr(hub, "check", lambda repo: None)
        monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
        assert model_files.find(wanted("tiny.en-q8_0")) is None
        located = model_files.locate(wanted("tiny.en-q8_0"))
        assert located == Located(str(tmp_path / "ggml-tiny.en-q8_0.bin"), "tiny.en-q8_0", "hub")
        assert asked == [("ggerganov/whisper.cpp", ["ggml-tiny.en-q8_0.bin"])]

    def test_another_model_that_is_there_does_not_count(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(hub, "cached", lambda *arguments: str(tmp_path))
        assert model_files.find(wanted("base")) is None
        (tmp_path / "ggml-base.bin").write_bytes(HEAD)
        assert model_files.find(wanted("base"))


class TestMissing:
    def test_the_package(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "_pywhispercpp", None)
        library.library.cache_clear()
        with pytest.raises(EngineError, match=r"Install it with: pip install pywhispercpp==1\.5\.1"):
            library.library()

    def test_its_version(self, whisper_cpp: None, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(library, "WHISPER_CPP", "1.0.0")
        library.library.cache_clear()
        with pytest.raises(EngineError, match=r"needs whisper.cpp 1\.0\.0, and pywhispercpp brings 1\.8\.5"):
            library.library()
        library.library.cache_clear()

    @pytest.mark.parametrize(
        ("choice", "sentence"),
        [
            (EngineChoice(Wanted(device="cuda", runtime="whisper-cpp")), "WHISPER_DEVICE=cpu"),
            (EngineChoice(wanted(), compute_type="int8"), "WHISPER_COMPUTE_TYPE is 'int8'"),
        ],
    )
    def test_what_it_cannot_do(self, choice: EngineChoice, sentence: str) -> None:
        with pytest.raises(EngineError, match=sentence):
            whisper(choice, Located("/nowhere", "x", "folder"))


class TestConversion:
    def test_only_tokens_of_openai(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match="Only models with the tokens of OpenAI"):
            convert(TOY_FOLDER, tmp_path / "toy.bin")
        assert not [*tmp_path.iterdir()]

    def test_no_model(self, tmp_path: Path) -> None:
        with pytest.raises(EngineError, match=r"model\.bin cannot be read"):
            convert(tmp_path, tmp_path / "out.bin")
        (tmp_path / "model.bin").write_bytes(b"\x06\x00\x00\x00\x03\x00ab\x00" + b"\0" * 20)
        with pytest.raises(EngineError, match="is not a Whisper model in CTranslate2 format"):
            convert(tmp_path, tmp_path / "out.bin")

    def test_smaller_kinds_are_smaller(self, whisper_cpp: None, random_folder: Path, tmp_path: Path) -> None:
        sizes = []
        for kind in ("f16", "q8_0", "q5_1", "q5_0"):
            convert(random_folder, tmp_path / kind, kind)
            sizes.append((tmp_path / kind).stat().st_size)
        assert sizes == sorted(sizes, reverse=True)


def test_ctranslate2_is_not_loaded(tiny_en_file: Path) -> None:
    """Where it does not run at all, whisper.cpp does."""
    code = f"""
import sys
from captions.asr.engine.base import Wanted
from captions.asr.process.loading import load
from captions.asr.process.messages import Load
wanted = Wanted({str(tiny_en_file)!r}, runtime="whisper-cpp")
loaded = load(Load(wanted, "", 1, 1, False, ""), lambda said: None)
assert loaded.only_language == "en"
assert not {{"ctranslate2", "faster_whisper"}} & set(sys.modules), "loaded"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
