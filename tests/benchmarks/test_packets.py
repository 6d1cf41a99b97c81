import itertools

import numpy as np

from captions.benchmarks.packets import TICKS, Microphone, encoded

SOUND = (np.sin(np.arange(16_000) / 6) * 8000).astype(np.int16)


def test_a_payload_is_there_for_every_20_ms() -> None:
    assert len(encoded(SOUND, 16_000)) == 50
    assert len(encoded(SOUND[:-100], 16_000)) == 50


def test_a_recording_goes_on_where_it_ended() -> None:
    microphone = Microphone(SOUND)
    packets = [packet for _ in range(2) for arrived in microphone.speak() for packet in arrived]
    assert [packet.sequence for packet in packets] == list(range(100))
    assert [packet.timestamp for packet in packets] == [number * TICKS for number in range(100)]
    assert packets[0].payload == packets[50].payload


def test_some_packets_are_lost_and_some_overtaken() -> None:
    def order() -> list[int]:
        microphone = Microphone(SOUND, lost=0.1, overtaken=0.2)
        return [packet.sequence for _ in range(10) for each in microphone.speak() for packet in each]

    found = order()
    assert found == order()
    assert 400 < len(found) < 480
    assert 50 < sum(later < before for before, later in itertools.pairwise(found)) < 130
