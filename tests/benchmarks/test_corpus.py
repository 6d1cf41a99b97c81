import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captions.benchmarks.corpus import load_corpus
from captions.benchmarks.errors import BenchError
from tests.speech_data import to_wav


def put(folder: Path, name: str, **about: Any) -> None:
    to_wav(np.zeros(32_000, np.int16), folder / f"{name}.wav")
    (folder / f"{name}.json").write_text(json.dumps(about))


WORDS = [
    {"text": "Well", "start_ms": 100, "end_ms": 500},
    {"text": "then.", "start_ms": 900, "end_ms": 1500},
]


def test_recordings_are_grouped_and_their_text_weighed(tmp_path: Path) -> None:
    put(tmp_path, "a", text="Well then.", words=WORDS, reference="exact")
    put(tmp_path, "a_paused", text="Well then.", words=WORDS)
    put(tmp_path, "b", text="well then", words=WORDS, kind="english-hard", reference="approximate")
    put(tmp_path, "c", text="広州。", language="ja", words=None)
    put(tmp_path, "c_paused", text="Also doch.", language="de")
    put(tmp_path, "d", text=None, language="en")
    put(tmp_path, "e", text="One. Two.", punctuation=False)
    found = {each.name: each for each in load_corpus(tmp_path)}
    assert {name: each.group for name, each in found.items()} == {
        "a": "ordinary",
        "a_paused": "paused",
        "b": "hard",
        "c": "other languages",
        "c_paused": "other languages, paused",
        "d": "ordinary",
        "e": "ordinary",
    }
    assert [name for name, each in found.items() if each.judged] == ["a", "a_paused", "c", "c_paused", "e"]
    assert [name for name, each in found.items() if each.formed] == ["a", "a_paused", "c", "c_paused"]
    assert found["a"].seconds == 2
    assert found["a"].words[1].start_ms == 900
    assert not found["c"].words


def test_some_of_them_can_be_chosen_and_cut(tmp_path: Path) -> None:
    put(tmp_path, "a", text="Well then.", words=WORDS)
    put(tmp_path, "b", text="Also doch.", language="de")
    assert [each.name for each in load_corpus(tmp_path, languages=["de"])] == ["b"]
    (short,) = load_corpus(tmp_path, names=["a"], seconds=1.0)
    assert (short.text, short.seconds) == ("Well", 0.5)
    (whole,) = load_corpus(tmp_path, names=["b"], seconds=1.0)
    assert whole.seconds == 2, "nobody knows which of its words are in the beginning"


def test_what_cannot_be_measured_is_said(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="There is no folder"):
        load_corpus(tmp_path / "none")
    with pytest.raises(BenchError, match="no recording to measure"):
        load_corpus(tmp_path)
    put(tmp_path, "a", words=[{"text": "Well"}])
    with pytest.raises(BenchError, match="is not a reference"):
        load_corpus(tmp_path)
    with pytest.raises(BenchError, match="has no recording b"):
        load_corpus(tmp_path, names=["b"])
