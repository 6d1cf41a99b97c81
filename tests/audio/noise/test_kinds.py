"""The libraries themselves: they are in the extra `noise`, and not among the packages of the tests."""

import numpy as np
import pytest

from captions.audio.noise import deepfilter, webrtc
from captions.audio.noise.kinds import CleanerError, is_installed, make_cleaner
from captions.speech.cleaning import Cleaning, CleaningKind
from captions.speech.ring import Samples
from tests.speech_data import load_pcm

needed = pytest.mark.skipif(not is_installed(), reason="the extra `noise` is not installed")
KINDS: list[CleaningKind] = ["near", "far"]


def cleaned(kind: CleaningKind, sound: Samples) -> Samples:
    cleaning = Cleaning(make_cleaner(kind))
    pieces = [cleaning.push(sound[at : at + 331]) for at in range(0, sound.size, 331)]
    return np.concatenate(pieces)


def level(sound: Samples) -> float:
    return float(10 * np.log10(np.mean(np.square(sound.astype(np.float64)))))


@needed
@pytest.mark.parametrize("kind", KINDS)
def test_a_voice_stays_where_it_is(kind: CleaningKind) -> None:
    voice = load_pcm("note-en-us")
    found = cleaned(kind, voice)
    size = 1 << (2 * voice.size).bit_length()
    spectra = np.conj(np.fft.rfft(voice[: found.size], size)) * np.fft.rfft(found, size)
    assert int(np.argmax(np.fft.irfft(spectra, size))) == 0, "it is as early and as late as before"
    assert abs(level(found) - level(voice)) < 1.5


@needed
@pytest.mark.parametrize("kind", KINDS)
def test_steady_noise_gets_weaker(kind: CleaningKind) -> None:
    noise = np.random.default_rng(5).normal(0, 1_000, 5 * 16_000).astype(np.int16)
    found = cleaned(kind, noise)
    assert level(found[-16_000:]) < level(noise) - 6


@pytest.mark.parametrize("library", [webrtc, deepfilter])
def test_without_one_of_the_libraries_there_is_none(monkeypatch: pytest.MonkeyPatch, library: object) -> None:
    for each in (webrtc, deepfilter):
        monkeypatch.setattr(each, "is_installed", lambda each=each: each is not library)
    assert not is_installed()
    with pytest.raises(CleanerError, match=r"whisperstream\[noise\]"):
        make_cleaner("near")
