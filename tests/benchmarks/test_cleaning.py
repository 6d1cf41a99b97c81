from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from captions.audio.noise import deepfilter, webrtc
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
    for each in (webrtc, deepfilter):
        monkeypatch.setattr(each, "is_installed", lambda: False)
    monkeypatch.setattr(cleaners, "_has_rnnoise", lambda: False)
    for name, make in cleaners.cleaners().items():
        if name == "none":
            assert make()(np.zeros(3, np.int16)).size == 3
            continue
        with pytest.raises(BenchError, match="pip install"):
            make()


def test_a_whole_sound_keeps_its_length_and_its_place() -> None:
    class Late:
        frame, delay = 160, 200

        def __init__(self) -> None:
            self._held: Samples = np.zeros(self.delay, np.int16)

        def clean(self, sound: Samples) -> Samples:
            held = np.concatenate([self._held, sound])
            self._held = held[self.frame :]
            return held[: self.frame]

    clean = cleaners.whole(Late, lambda: True)
    for size in (0, 7, 160, 48_007):
        sound = (np.arange(size) % 30_000).astype(np.int16)
        for _ in range(2):
            assert clean(sound).tolist() == sound.tolist()
