"""What the model makes of a recording offline: the yardstick for what the page shows live."""

import io
from functools import cache
from math import ceil

import av
import numpy as np

from captions.engines.base import Task
from captions.engines.local_whisper import LocalWhisper
from captions.livetest.wer import normalise, wer
from tests.audio import SAMPLE_RATE, Pcm, Span, load_pcm, load_reference
from tests.conftest import REPOSITORY

BROWSER_BITRATE = 32_000
# Silence before and after a sentence, in milliseconds, as live cuts vary.
CUTS = ((300, 500), (280, 440), (320, 400), (290, 420))


def allowed_errors(recording: str) -> int:
    """Word errors of the model itself and two points more, in whole words: no less can be told of one recording.

    A final that keeps to stable words because another spelling is just as likely needs that word.
    """
    return offline_errors(recording) + ceil(0.02 * len(normalise(load_reference(recording).text)))


@cache
def offline_errors(recording: str) -> int:
    """Word errors of the demo model, one sentence at a time, on the recording as a browser's Opus delivers it.

    The codec and the cut matter to this small model: either alone turns a word of `note-en-us` into another one, at
    any bit rate. So each sentence counts with the worst of a few cuts.
    """
    model = LocalWhisper(
        str(REPOSITORY / "captions/engines/demo_model"),
        name="demo",
        device="cpu",
        compute_type="int8",
        cpu_threads=1,
    )
    sound = (through_opus(load_pcm(recording)) / 32768).astype(np.float32)

    def errors(sentence: Span, lead_ms: int, tail_ms: int) -> int:
        start = max(0, sentence.start_ms - lead_ms) * SAMPLE_RATE // 1000
        end = (sentence.end_ms + tail_ms) * SAMPLE_RATE // 1000
        text = model.decode(sound[start:end], Task("final", "en")).text
        return wer(normalise(sentence.text), text).errors

    sentences = load_reference(recording).sentences
    return sum(max(errors(sentence, *cut) for cut in CUTS) for sentence in sentences)


def through_opus(pcm: Pcm) -> Pcm:
    """The sound after it was coded and decoded."""
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=48_000, layout="mono")
        stream.bit_rate = BROWSER_BITRATE
        for frame in _resampled([_frame(pcm)], 48_000):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as container:
        frames = _resampled(list(container.decode(audio=0)), SAMPLE_RATE)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames]).astype(np.int16)


def _frame(pcm: Pcm) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
    frame.sample_rate = SAMPLE_RATE
    return frame


def _resampled(frames: list[av.AudioFrame], rate: int) -> list[av.AudioFrame]:
    resampler = av.AudioResampler("s16", "mono", rate)
    return [part for frame in [*frames, None] for part in resampler.resample(frame)]
