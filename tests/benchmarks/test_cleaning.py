from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from captions.benchmarks import cleaners
from captions.benchmarks.cleaning import lines, measure, noisy
from captions.benchmarks.corpus import Recording, load_corpus
from captions.benchmarks.errors import BenchError
from captions.speech.passage import Passage
from captions.speech.ring import Samples
from tests.speech_data import DATA


@pytest.fixture
def recording() -> Recording:
    (found,) = load_corpus(DATA, names=["note-en-us"])
    return found


def test_noise_is_added_at_a_ratio(recording: Recording) -> None:
    mixed = noisy(recording, "pink", 10)
    added = mixed.sound.astype(float) - recording.sound
    ratio = np.mean(np.square(recording.sound.astype(float))) / np.mean(np.square(added))
    assert 10 * np.log10(ratio) == pytest.approx(10, abs=0.2)
    assert mixed.sound.size == recording.sound.size
    assert mixed.name == "note-en-us, pink 10 dB"
    assert (noisy(recording, "pink", 10).sound == mixed.sound).all()


def test_word_errors_of_each_way_are_compared(recording: Recording) -> None:
    def hear(sound: Iterable[Samples | int], language: str) -> Iterator[Passage]:
        whole = np.concatenate([piece for piece in sound if not isinstance(piece, int)])
        assert whole.size == recording.sound.size
        said = recording.text if whole.any() else "Nothing of it."
        yield Passage(0, 1_000, said, language=language)

    told: list[str] = []
    found = measure([recording], hear, {"none": lambda sound: sound, "all": np.zeros_like}, told.append)
    assert [each.rate for each in found] == [0.0, pytest.approx(1.0, abs=0.05)]
    table = lines([recording], found)
    assert table[0] == "|  | none | all |"
    assert table[2].startswith("| `note-en-us` | 0.0% | ")
    assert len(told) == 2


def test_a_way_whose_library_is_missing_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cleaners, "find_spec", lambda name: None)
    for name, make in cleaners.cleaners().items():
        if name == "none":
            assert make()(np.zeros(3, np.int16)).size == 3
            continue
        with pytest.raises(BenchError, match="pip install"):
            make()


def test_sound_keeps_its_length_and_loudness_on_its_way_to_48_khz_and_back(recording: Recording) -> None:
    sound = recording.sound[: 16_000 * 3 + 7]
    same = cleaners._wide(sound, 480, 1 / 32768, lambda frame: None)
    assert same.size == sound.size
    assert np.corrcoef(same.astype(float), sound.astype(float))[0, 1] > 0.9
