import subprocess
import sys

import numpy as np
import pytest
from faster_whisper.vad import get_vad_model

from captions.speech import vad
from captions.speech.vad import WINDOW, VadError, VadModel
from tests.speech_data import Pcm, load_pcm


@pytest.fixture(scope="module")
def model() -> VadModel:
    return VadModel()


@pytest.fixture(scope="module")
def speech() -> Pcm:
    pcm = load_pcm("note-en-us")
    return pcm[: pcm.size // WINDOW * WINDOW]


@pytest.fixture(scope="module")
def theirs(speech: Pcm) -> np.ndarray:
    # faster-whisper blanks the last 64 samples that it is given: a window more keeps that out of the comparison.
    padded = np.concatenate([speech, np.zeros(WINDOW, np.int16)]).astype(np.float32) / 32768
    scores: np.ndarray = get_vad_model()(padded)[:-1].reshape(-1)
    return scores


def test_it_scores_as_faster_whisper_does(model: VadModel, speech: Pcm, theirs: np.ndarray):
    ours = model.stream().push(speech)
    assert ours.shape == theirs.shape
    assert (theirs > 0.5).any()
    assert (theirs < 0.1).any()
    np.testing.assert_allclose(ours, theirs, atol=2e-4)


@pytest.mark.parametrize("size", [1, 320, 511, 512, 513, 4800])
def test_how_the_sound_is_cut_makes_no_difference(
    model: VadModel, speech: Pcm, theirs: np.ndarray, size: int
):
    part = speech[: 100 * WINDOW] if size > 1 else speech[: 3 * WINDOW]
    stream = model.stream()
    scores = np.concatenate([stream.push(part[at : at + size]) for at in range(0, part.size, size)])
    assert stream.pending == 0
    np.testing.assert_allclose(scores, theirs[: scores.size], atol=2e-4)
    assert scores.size == part.size // WINDOW


def test_streams_do_not_hear_each_other(model: VadModel, speech: Pcm, theirs: np.ndarray):
    noise = np.random.default_rng(1).normal(0, 3000, speech.size).astype(np.int16)
    one, other = model.stream(), model.stream()
    scores = []
    for at in range(0, 60 * WINDOW, WINDOW):
        other.push(noise[at : at + WINDOW])
        scores.append(one.push(speech[at : at + WINDOW]))
    np.testing.assert_allclose(np.concatenate(scores), theirs[:60], atol=2e-4)


def test_after_a_reset_it_hears_as_for_the_first_time(model: VadModel, speech: Pcm, theirs: np.ndarray):
    stream = model.stream()
    stream.push(speech[20_000:50_000])
    assert stream.pending
    stream.reset()
    assert stream.pending == 0
    np.testing.assert_allclose(stream.push(speech[: 50 * WINDOW]), theirs[:50], atol=2e-4)


def test_a_missing_network_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(vad, "find_spec", lambda name: None)
    with pytest.raises(VadError, match="faster-whisper"):
        VadModel()


def test_importing_it_loads_nothing():
    heavy = "onnxruntime", "faster_whisper", "ctranslate2", "django", "asyncio"
    code = (
        "import sys, captions.speech.listener, captions.speech.agreement, captions.speech.schedule,"
        f" captions.speech.filter, captions.speech.live_text; print([m for m in {heavy} if m in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
