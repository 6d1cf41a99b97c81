"""Files as they come from recorders and programs, made of sound that the tests have."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from tests.speech_data import DATA, Pcm, load_pcm

RATE = 16_000


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3) -> Pcm:
    at = np.arange(round(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * hertz * at) * level * 32767).astype(np.int16)


def voice(seconds: float) -> Pcm:
    pcm = load_pcm(DATA / "note-en-us.flac")
    return np.tile(pcm, 1 + int(seconds * RATE) // pcm.size)[: round(seconds * RATE)]


def write(
    path: Path,
    *tracks: Pcm,
    codec: str,
    rate: int = 48_000,
    layout: str = "mono",
    options: dict[str, str] | None = None,
    tags: dict[str, str] | None = None,
    about: list[dict[str, Any]] | None = None,
    **encoder: Any,
) -> Path:
    """Writes mono tracks, or one of shape (channels, n); `about` gives a track's `default` and its other tags."""
    with av.open(str(path), "w", options=options or {}) as container:
        container.metadata.update(tags or {})
        streams = []
        for number, pcm in enumerate(tracks):
            stream = container.add_stream(codec, rate=rate, layout=layout, **encoder)
            assert isinstance(stream, av.AudioStream)
            known = dict((about or [{}] * len(tracks))[number])
            if about:
                default = known.pop("default", False)
                stream.disposition = av.stream.Disposition.default if default else av.stream.Disposition(0)
            stream.metadata.update(known)
            streams.append((stream, pcm if pcm.ndim == 2 else np.tile(pcm, (stream.channels, 1))))
        packets = []
        for stream, pcm in streams:
            resampler = av.AudioResampler(format=stream.format, layout=layout, rate=rate, frame_size=960)
            at = 0
            for start in range(0, pcm.shape[1], RATE):
                piece = np.ascontiguousarray(pcm[:, start : start + RATE].T).reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(piece, format="s16", layout=layout)
                frame.sample_rate = RATE
                for part in resampler.resample(frame):
                    part.pts, part.time_base = at, Fraction(1, rate)
                    at += part.samples
                    packets += stream.encode(part)
            packets += stream.encode(None)
        for packet in sorted(packets, key=lambda each: (each.dts or 0) * each.time_base):
            container.mux(packet)
    return path


def joined(path: Path, *parts: Path) -> Path:
    """The files one behind the other, as `cat` writes them."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def bare_mp3(
    path: Path, pcm: Pcm, *, rate: int = 24_000, layout: str = "mono", bit_rate: int = 64_000
) -> Path:
    """An MP3 file that states nothing, so that it can be joined with others."""
    bare = {"write_xing": "0", "id3v2_version": "0"}
    return write(path, pcm, codec="libmp3lame", rate=rate, layout=layout, options=bare, bit_rate=bit_rate)


def guessed_length(path: Path) -> Path:
    """An MP3 file of 23 s whose length is guessed far too high, by the bit rate of its quiet beginning."""
    quiet = bare_mp3(path.with_name("quiet.mp3"), np.zeros(3 * RATE, np.int16), bit_rate=8_000)
    return joined(path, quiet, bare_mp3(path.with_name("loud.mp3"), voice(20)))
