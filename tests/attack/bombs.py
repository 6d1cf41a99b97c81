"""Files from strangers: small ones that claim or yield very much, and such as are spoilt."""

import io
import random
import struct
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.asr.offline.files import joined, tone, write

_OGG_CRC = [0] * 256
for _number in range(256):
    _value = _number << 24
    for _ in range(8):
        _value = (_value << 1) ^ (0x04C11DB7 if _value & 0x8000_0000 else 0)
    _OGG_CRC[_number] = _value & 0xFFFF_FFFF


def ogg_page(packets: list[bytes], *, serial: int, number: int, granule: int, flags: int = 0) -> bytes:
    """A page of an Ogg file; each packet is shorter than 255 bytes."""
    table = bytes(map(len, packets))
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, serial, number, 0) + bytes([len(packets)])
    page = bytearray(head + table + b"".join(packets))
    crc = 0
    for byte in page:
        crc = ((crc << 8) & 0xFFFF_FFFF) ^ _OGG_CRC[(crc >> 24) ^ byte]
    page[22:26] = struct.pack("<I", crc)
    return bytes(page)


def opus_of_nothing(hours: float, serial: int = 7) -> bytes:
    """An Ogg Opus file whose packets of one byte last 120 ms each: 63 kB for an hour."""
    head = struct.pack("<8sBBHIhB", b"OpusHead", 1, 1, 0, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<II", 0, 0)
    pages = [
        ogg_page([head], serial=serial, number=0, granule=0, flags=2),
        ogg_page([tags], serial=serial, number=1, granule=0),
    ]
    # 60 ms twice, without a byte for either.
    packets, granule = [bytes([3 << 3 | 1])] * 255, 0
    for number in range(round(hours * 3600 / (255 * 0.12))):
        granule += 255 * 5_760
        pages.append(ogg_page(packets, serial=serial, number=2 + number, granule=granule))
    return b"".join(pages)


def wav(
    channels: int = 1, rate: int = 16_000, bits: int = 16, data: bytes = bytes(32_000), kind: int = 1
) -> bytes:
    """A WAV file with these values in its head, whether they make sense or not."""
    block = channels * bits // 8 & 0xFFFF
    head = struct.pack("<HHIIHH", kind, channels, rate, rate * block & 0xFFFF_FFFF, block, bits)
    chunks = b"fmt " + struct.pack("<I", len(head)) + head + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def aiff_of_rate(rate: bytes) -> bytes:
    """An AIFF file whose rate is this number of ten bytes."""
    common = b"COMM" + struct.pack(">IhIh", 18, 1, 16_000, 16) + rate
    sound = b"SSND" + struct.pack(">III", 32_008, 0, 0) + bytes(32_000)
    return b"FORM" + struct.pack(">I", 4 + len(common) + len(sound)) + b"AIFF" + common + sound


def m4a_of_length(path: Path, ticks: int) -> bytes:
    """A second of sound in an MP4 file that says how long each of its packets is: this."""
    data = bytearray(write(path / "stts.m4a", tone(1), codec="aac").read_bytes())
    at = data.index(b"stts") + 12
    data[at + 4 : at + 8] = struct.pack(">I", ticks & 0xFFFF_FFFF)
    return bytes(data)


def many_tracks(path: Path) -> bytes:
    return write(path / "tracks.mka", *[tone(0.1)] * 200, codec="pcm_s16le", rate=16_000).read_bytes()


def crowded(path: Path) -> bytes:
    """A Matroska file with a moment of sound, pictures, thousands of chapters, and tags beyond measure."""
    with av.open(str(path / "crowded.mkv"), "w") as container:
        for number in range(50):
            container.add_attachment(f"../../{number}.png", "image/png", bytes(10_000))
        container.set_chapters(
            [
                {
                    "id": number,
                    "start": 0,
                    "end": 1_000,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": "x" * 100},
                }
                for number in range(2_000)
            ]
        )
        container.metadata.update({"title": "x" * 300_000, "date": "9" * 300_000, "creation_time": "\x1b[2J"})
        stream = container.add_stream("pcm_s16le", rate=16_000, layout="mono")
        stream.metadata.update({"title": "y" * 300_000, "language": "z" * 5_000})
        frame = av.AudioFrame.from_ndarray(tone(1).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = 16_000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return (path / "crowded.mkv").read_bytes()


def zipped(depth: int) -> bytes:
    """A ZIP file in a ZIP file and so on, with much of nothing in the last."""
    content, name = bytes(5_000_000), "sound.wav"
    for _ in range(depth):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr(name, content)
        content, name = outer.getvalue(), "../../sound.zip"
    return content


def chained(path: Path) -> bytes:
    """More files one behind the other than anybody would join."""
    one = write(path / "one.ogg", tone(0.1), codec="libopus")
    return joined(path / "chain.ogg", *[one] * 150).read_bytes()


BOMBS: dict[str, Callable[[Path], bytes]] = {
    "opus: three hours of nothing": lambda path: opus_of_nothing(3),
    "opus: four streams of an hour": lambda path: b"".join(opus_of_nothing(1, number) for number in range(4)),
    "wav: a sample a second": lambda path: wav(rate=1),
    "wav: no rate": lambda path: wav(rate=0),
    "wav: the highest rate": lambda path: wav(rate=2**32 - 1),
    "wav: a high rate": lambda path: wav(rate=2**31 - 1, data=bytes(2_000_000)),
    "wav: no channel": lambda path: wav(channels=0),
    "wav: all channels": lambda path: wav(channels=65_535, bits=8, data=bytes(2_000_000)),
    "wav: 255 channels": lambda path: wav(channels=255, rate=192_000, bits=32, data=bytes(2_000_000)),
    "wav: no bits": lambda path: wav(bits=0),
    "wav: all bits": lambda path: wav(bits=65_535),
    "wav: sound in sound": lambda path: wav(kind=0x2000, data=wav(kind=0x55)),
    "aiff: a rate of ever": lambda path: aiff_of_rate(b"\x7f\xfe" + b"\xff" * 8),
    "aiff: a rate that is none": lambda path: aiff_of_rate(b"\xff" * 10),
    "mp4: packets of years": lambda path: m4a_of_length(path, 2**31 - 1),
    "mp4: packets backwards": lambda path: m4a_of_length(path, -1_000_000),
    "mka: many tracks": many_tracks,
    "mkv: crowded": crowded,
    "zip: nested": lambda path: zipped(4),
    "ogg: many files": chained,
    "ogg: marks only": lambda path: (b"OggS\0" + bytes(22) + b"\xff") * 30_000,
    "webm: marks only": lambda path: (b"\x1a\x45\xdf\xa3" + bytes(60)) * 15_000,
    "flac: marks only": lambda path: (b"fLaC\0\0\0\x22" + bytes(34)) * 20_000,
    "mp3: a picture without an end": lambda path: b"ID3\x04\x00\x00\x7f\x7f\x7f\x7fAPIC" + bytes(500_000),
    "au: begins nowhere": lambda path: b".snd" + b"\xff" * 20 + bytes(1_000),
    "caf: counts backwards": lambda path: b"caff\0\1\0\0desc" + b"\xff" * 8 + bytes(2_000),
}

WHOLE: dict[str, Callable[[Path], bytes]] = {
    name: (
        lambda path, name=name, codec=codec: write(
            path / name, np.concatenate([tone(1), tone(1, 300)]), codec=codec
        ).read_bytes()  # type: ignore[misc]
    )
    for name, codec in (
        ("a.ogg", "libopus"),
        ("a.webm", "libopus"),
        ("a.mp4", "aac"),
        ("a.wav", "pcm_s16le"),
        ("a.flac", "flac"),
        ("a.mp3", "libmp3lame"),
    )
}


def spoilt(whole: bytes, seed: int) -> bytes:
    """The bytes with some of them changed, cut out, doubled, or left out at the end; more often where the head is."""
    chance = random.Random(seed)
    data = bytearray(whole)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(min(len(data), chance.choice((64, 600, len(data) or 1))) or 1)
        match chance.randrange(6):
            case 0:
                data[at : at + 1] = chance.randbytes(1)
            case 1:
                del data[at : at + chance.randint(1, 400)]
            case 2:
                data[at:at] = data[at : at + chance.randint(1, 4_000)]
            case 3:
                data[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80\0\0\0"))
            case 4:
                data[at : at + 40] = chance.randbytes(40)
            case 5:
                del data[max(at, 60) :]
    return bytes(data)
