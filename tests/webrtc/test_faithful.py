"""How much of what is said survives a bad network: loss, 100 ms of jitter, one packet in fifty out of order."""

from functools import cache

import numpy as np
import pytest

from captions.asr.engine.base import Task
from captions.asr.engine.local_whisper import LocalWhisper
from captions.benchmarks.livetest.wer import wer
from captions.speech.endpointing import Endpointer, EndpointSettings
from captions.speech.listener import Listener
from captions.speech.live_settings import LiveSettings
from captions.speech.ring import Ring
from captions.speech.vad import VadModel
from captions.webrtc.audio import Gap
from captions.webrtc.jitter import AudioPacket
from tests.speech_data import Pcm, Span, load_pcm, load_reference
from tests.toy import TOY_MODEL
from tests.webrtc.link import Link
from tests.webrtc.speech_packets import Receiver, packets_of, with_copies

NOTES = ("note-en-us", "note-en-gb", "note-f2", "fast-m3")
PACKET = 320
TEN_MINUTES = 30_000  # packets


def bad(loss: float) -> Link:
    return Link(loss, jitter=0.1, reordered=0.02)


@cache
def sent(name: str) -> list[AudioPacket]:
    return packets_of(load_pcm(name))


def heard(name: str, link: Link) -> Pcm:
    return Receiver().take(link.carry(sent(name))).samples


def endless(name: str, count: int) -> list[AudioPacket]:
    """The packets of a recording, over and over."""
    payloads = [packet.payload for packet in sent(name)]
    return [
        AudioPacket(
            1, index & 0xFFFF, index * 960 & 0xFFFFFFFF, payloads[index % len(payloads)], index * 0.02
        )
        for index in range(count)
    ]


def levels(sound: Pcm) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """The root mean square of each packet's time."""
    blocks = sound[: sound.size // PACKET * PACKET].reshape(-1, PACKET).astype(np.float64)
    powers: np.ndarray[tuple[int], np.dtype[np.float64]] = np.mean(np.square(blocks), axis=1)
    return np.sqrt(powers)


def delay(sound: Pcm, original: Pcm) -> int:
    """By how many samples `sound` is later than `original`."""
    size = 2 * sound.size
    spectrum = np.fft.rfft(sound.astype(float), size) * np.conj(np.fft.rfft(original.astype(float), size))
    correlation = np.fft.irfft(spectrum, size)
    best = int(np.argmax(correlation))
    return best if best < sound.size else best - size


@pytest.mark.parametrize("loss", [0.1, 0.2, 0.3])
def test_what_was_received_is_in_the_ring_at_its_time(loss: float) -> None:
    received = bad(loss).carry(endless("fast-m3", TEN_MINUTES if loss == 0.3 else TEN_MINUTES // 10))
    receiver = Receiver().take(received)
    assert receiver.path.stats.packets.released >= 0.99 * len(received)

    ring = Ring(30)
    for part in receiver.heard:
        if isinstance(part, Gap):
            ring.skip(part.samples)
        else:
            ring.append(part.samples)
    # The clock begins with the first packet that comes.
    numbers = np.array([packet.timestamp // 960 for packet in received])
    first, count = numbers[0], numbers.max() + 1 - numbers[0]
    assert ring.end == count * PACKET

    once = Receiver().take(sent("fast-m3")).samples
    original = np.resize(np.roll(once, -first * PACKET), count * PACKET)
    there, should = levels(receiver.samples), levels(original)
    voiced = [at for at in numbers - first if at >= 0 and should[at] > 100]
    assert len(voiced) > 0.3 * len(received)
    # Within 18 dB: a codec needs a packet or two to find its level again after a hole.
    assert np.mean(there[voiced] > should[voiced] / 8) >= 0.99

    last = ring.read(ring.end - 20 * 16_000, ring.end)
    assert abs(delay(last, original[-last.size :])) <= 20 * 16


def test_words_are_hardly_harder_to_recognise() -> None:
    engine = LocalWhisper(TOY_MODEL, name="toy", device="cpu")

    def errors(name: str, sound: Pcm) -> tuple[int, int]:
        results = [
            wer([sentence.text], engine.decode(around(sentence, sound), Task("final")).text)
            for sentence in load_reference(name).sentences
        ]
        return sum(result.errors for result in results), sum(result.words for result in results)

    clean = lossy = words = 0
    for name in ("note-en-gb", "fast-m3"):
        clean += errors(name, heard(name, Link()))[0]
        wrong, spoken = errors(name, heard(name, bad(0.1)))
        lossy, words = lossy + wrong, words + spoken
    assert words > 100
    assert lossy / words <= clean / words + 0.03


def around(sentence: Span, sound: Pcm) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    start, end = max(sentence.start_ms - 300, 0), sentence.end_ms + 500
    return sound[start * 16 : end * 16].astype(np.float32) / np.float32(32768)


# Where packets and the windows of the voice detector begin in a word is chance: four of the possible offsets.
@pytest.mark.parametrize(("offset", "loss"), [(0, 0.0), (83, 0.0), (166, 0.1), (249, 0.3)])
def test_the_first_and_the_last_word_are_never_clipped(offset: int, loss: float) -> None:
    model = VadModel()
    for name in NOTES:
        quiet = np.zeros(16_000, np.int16)
        packets = packets_of(np.concatenate([quiet[:offset], load_pcm(name), quiet]))
        received = bad(loss).carry(packets) if loss else packets
        listener = Listener(model)
        endpointer = Endpointer()
        for part in Receiver().take(received).heard:
            if isinstance(part, Gap):
                listener.skip(part.samples)
                endpointer.reset()
                continue
            for scored in listener.push(part.samples):
                endpointer.push(scored.start_ms, scored.end_ms, scored.probability)
        voice = list(endpointer.voice(0, listener.clock_ms))
        for sentence in load_reference(name).sentences:
            start_ms, end_ms = sentence.start_ms + offset // 16, sentence.end_ms + offset // 16
            inside = [each for each in voice if each.overlap_ms(start_ms, end_ms)]
            assert inside, f"{name}: {start_ms} ms"
            assert inside[0].start_ms - EndpointSettings().prefix_ms <= start_ms, f"{name}: {start_ms} ms"
            assert end_ms <= inside[-1].end_ms + LiveSettings().tail_ms, f"{name}: {end_ms} ms"


def test_copies_make_a_tenth_of_loss_a_hundredth() -> None:
    packets = with_copies(endless("fast-m3", 5000))
    received = bad(0.1).carry(packets)
    counts = Receiver(copies=True).take(received).path.stats.packets
    missing = 1 - counts.released / (received[-1].timestamp // 960 + 1)
    assert missing < 0.015
