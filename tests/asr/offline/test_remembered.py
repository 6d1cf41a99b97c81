from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from captions.asr.engine.base import Audio, Request
from captions.asr.offline.batched import transcribe
from captions.asr.offline.remembered import RememberedPolyglot, remembered
from captions.speech.passage import Passage
from captions.speech.types import Hypothesis
from captions.speech.vad import VadModel
from tests.speech_data import load_pcm

from .test_batched import ENDPOINTS, Scripted

SOUND = np.tile(load_pcm("note-en-us"), 4)


class Both(Scripted):
    """Speaks two languages, and can be stopped at a decode."""

    def __init__(self, stops_at: int = 1_000) -> None:
        super().__init__()
        self.left = stops_at

    def decode_together(self, requests: Sequence[Request]) -> list[Hypothesis]:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().decode_together(requests)

    def languages(self, sounds: Sequence[Audio]) -> list[dict[str, float]]:
        self.left -= 1
        return [{"en": 0.9, "de": 0.1} for _ in sounds]

    def rehearse(self, seconds: float) -> None: ...


def heard(engine: Any) -> list[Passage]:
    return list(transcribe([SOUND], engine, VadModel(), ENDPOINTS, batch=2))


def test_what_was_left_goes_on_with_the_same_words_and_nothing_is_decoded_twice(tmp_path: Path) -> None:
    """Wherever it was left, as often as one likes."""
    whole = Both()
    expected = heard(whole)
    for every in (1, 2, 3):
        path, decoded, turns = tmp_path / f"answers-{every}", 0, 0
        while True:
            engine = Both(every)
            memory = remembered(engine, path, "base")
            assert isinstance(memory, RememberedPolyglot)
            try:
                found = heard(memory)
            except KeyboardInterrupt:
                turns += 1
                continue
            finally:
                memory.close()
                decoded += len(engine.asked)
            break
        assert found == expected
        assert decoded == len(whole.asked)
        assert turns


@pytest.mark.parametrize("spoilt", ["torn", "nonsense", "model"])
def test_a_memory_that_is_wrong_is_forgotten_from_there_on(spoilt: str, tmp_path: Path) -> None:
    path = tmp_path / "answers"
    expected = heard(Both())
    with pytest.raises(KeyboardInterrupt):
        heard(remembered(Both(4), path, "base"))
    data = path.read_bytes()
    match spoilt:
        case "torn":
            path.write_bytes(data[:-7])
        case "nonsense":
            path.write_bytes(data[: len(data) // 2] + b"\xff" * 40)
    for _ in range(2):
        memory = remembered(Both(), path, "large" if spoilt == "model" else "base")
        assert heard(memory) == expected
        memory.close()
    # All is remembered now.
    memory = remembered(engine := Both(0), path, "large" if spoilt == "model" else "base")
    assert heard(memory) == expected
    assert engine.asked == []


def test_an_engine_of_one_language_stays_one(tmp_path: Path) -> None:
    engine: Any = Scripted()
    assert not hasattr(remembered(engine, tmp_path / "answers", ""), "languages")
