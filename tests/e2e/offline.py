"""The model's offline transcription of a recording, the yardstick for live text."""

import io
from functools import cache
from math import ceil

import av
import numpy as np

from captions.asr.engine.base import Task
from captions.asr.engine.local_whisper import LocalWhisper
from captions.benchmarks.livetest.wer import normalise, wer
from tests.speech_data import SAMPLE_RATE, Pcm, Span, load_pcm, load_reference

BROWSER_BITRATE = 32_000
# Silence before and after a sentence, in milliseconds, about as much as in live windows.
LEAD_MS, TAIL_MS = 300, 500


def allowed_errors(recording: str, model: str) -> int:
    """The model's own word errors plus a tenth of the words.

    A small model confuses words wherever the sound is cut differently; a lost sentence still exceeds the limit.
    """
    return offline_errors(recording, model) + ceil(0.1 * len(normalise(load_reference(recording).text)))


@cache
def offline_errors(recording: str, model: str) -> int:
    """Word errors of the model in this folder, decoding each sentence separately, with Opus-coded sound as live."""
    engine = LocalWhisper(model, name="offline", device="cpu", compute_type="int8", cpu_threads=1)
    sound = (through_opus(load_pcm(recording)) / 32768).astype(np.float32)

    def errors(sentence: Span) -> int:
        start = max(0, sentence.start_ms - LEAD_MS) * SAMPLE_RATE // 1000
        end = (sentence.end_ms + TAIL_MS) * SAMPLE_RATE // 1000
        return wer([sentence.text], engine.decode(sound[start:end], Task("final", "en")).text).errors

    return sum(errors(sentence) for sentence in load_reference(recording).sentences)


def through_opus(pcm: Pcm) -> Pcm:
    """The sound after encoding to Opus and decoding."""
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
