"""Voices are told apart by an engine that need not be there; words are kept all the same."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import numpy as np
import pytest

from captions.asr.speakers import sherpa, telling
from captions.asr.speakers.engine import (
    BROKEN,
    NO_MODELS,
    NOT_INSTALLED,
    TOO_LONG,
    SpeakerError,
    WantedSpeakers,
)
from captions.asr.speakers.models import EMBEDDING, SEGMENTATION, Models, locate
from captions.asr.speakers.sherpa import SherpaEngine
from captions.asr.speakers.telling import WholeSound
from captions.speech.ring import Samples
from captions.speech.turns import Turn

SECOND = np.ones(16_000, np.int16)


class Engine:
    def __init__(self) -> None:
        self.heard = np.zeros(0, np.int16)

    def turns(self, samples: Samples, alive: Callable[[], None]) -> list[Turn]:
        self.heard = samples
        alive()
        return [Turn(0, 1_000, 0)]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    made = Engine()
    monkeypatch.setattr(telling, "made", lambda wanted: made)
    return made


def test_the_whole_sound_is_heard_with_silence_where_some_is_missing(engine: Engine) -> None:
    whole = WholeSound()
    assert len(list(whole.passing([SECOND, 8_000, SECOND]))) == 3
    signs: list[None] = []
    assert whole.turns(WantedSpeakers(), lambda: signs.append(None)) == [Turn(0, 1_000, 0)]
    assert (engine.heard.size, int(engine.heard.sum()), len(signs)) == (40_000, 32_000, 1)


def test_sound_that_is_too_long_passes_and_is_not_kept(engine: Engine) -> None:
    whole = WholeSound(2)
    assert len(list(whole.passing([SECOND, SECOND, SECOND]))) == 3
    assert not whole._pieces
    with pytest.raises(SpeakerError) as error:
        whole.turns(WantedSpeakers(), lambda: None)
    assert error.value.text == TOO_LONG


def test_no_sound_has_no_voices(engine: Engine) -> None:
    assert WholeSound().turns(WantedSpeakers(), lambda: None) == []


def test_models_of_a_folder_have_to_be_there(tmp_path: Path) -> None:
    (tmp_path / SEGMENTATION).touch()
    with pytest.raises(SpeakerError) as error:
        locate(str(tmp_path))
    assert (error.value.text, EMBEDDING in error.value.why) == (NO_MODELS, True)
    (tmp_path / EMBEDDING).touch()
    assert locate(str(tmp_path)) == Models(str(tmp_path / SEGMENTATION), str(tmp_path / EMBEDDING))


def test_models_are_fetched_from_the_hub_once(monkeypatch: pytest.MonkeyPatch) -> None:
    there: set[str] = set()

    def download(repository: str, name: str, local_files_only: bool = False) -> str:
        if local_files_only and name not in there:
            raise OSError
        there.add(name)
        return f"/cache/{name}"

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    assert locate() == locate()
    assert len(there) == 2


def test_a_hub_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def download(repository: str, name: str, local_files_only: bool = False) -> str:
        raise ConnectionError("nobody is there")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    with pytest.raises((SpeakerError, ConnectionError)) as error:
        locate()
    assert isinstance(error.value, SpeakerError)
    assert "nobody is there" in error.value.why


def test_without_its_package_the_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sherpa, "is_installed", lambda: False)
    with pytest.raises(SpeakerError) as error:
        SherpaEngine(Models("", ""))
    assert (error.value.text, "pip install" in error.value.why) == (NOT_INSTALLED, True)


class Library:
    """What the engine uses of sherpa-onnx."""

    def __init__(self, found: list[Any], chunks: int = 2, valid: bool = True) -> None:
        self.found, self.chunks, self.valid = found, chunks, valid
        self.stopped = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **options: SimpleNamespace(**options, validate=lambda: self.valid)

    def OfflineSpeakerDiarization(self, config: Any) -> Any:  # noqa: N802 - its name there
        return SimpleNamespace(process=self._process)

    def _process(self, sound: Any, callback: Callable[[int, int], int]) -> Any:
        assert sound.dtype == np.float32
        assert abs(sound).max() <= 1
        for done in range(self.chunks):
            if callback(done, self.chunks):
                self.stopped = True
                break
        return SimpleNamespace(sort_by_start_time=lambda: self.found)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    made = Library([SimpleNamespace(start=0.5, end=1.25, speaker=1)])
    monkeypatch.setattr(sherpa, "is_installed", lambda: True)
    monkeypatch.setitem(sys.modules, "sherpa_onnx", made)
    return made


def test_turns_are_in_milliseconds(library: Library) -> None:
    signs: list[None] = []
    found = SherpaEngine(Models("", "")).turns(SECOND, lambda: signs.append(None))
    assert (found, len(signs)) == ([Turn(500, 1_250, 1)], 2)


def test_who_is_not_needed_any_longer_stops(library: Library) -> None:
    def gone() -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        SherpaEngine(Models("", "")).turns(SECOND, gone)
    assert library.stopped


def test_models_that_are_none_are_refused(library: Library) -> None:
    library.valid = False
    with pytest.raises(SpeakerError) as error:
        SherpaEngine(Models("", ""))
    assert error.value.text == BROKEN
