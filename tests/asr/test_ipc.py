import asyncio
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.msgpack import Decoder

from captions.asr.ipc import MOST_BYTES, EndedError, IpcError, Message, Unpacker, pack, received


@dataclass(frozen=True, slots=True)
class Inner:
    text: str
    probability: float


class Sound(Message, frozen=True):
    samples: memoryview


class Text(Message, frozen=True):
    inner: tuple[Inner, ...]


Either = Sound | Text
EITHER: Decoder[Either] = Decoder(Either)
TEXT = Text((Inner("one", 0.5), Inner("two", 1.0)))


def unpacker(data: bytes | bytearray) -> Unpacker[Either]:
    unpacker = Unpacker(EITHER)
    unpacker.feed(data)
    return unpacker


@given(st.lists(st.integers(1, 40), min_size=1))
def test_messages_come_whole_in_pieces_of_any_size(sizes: list[int]) -> None:
    samples = np.arange(-3, 3, dtype=np.int16)
    data = pack(TEXT) + pack(Sound(samples.data)) + pack(TEXT)
    came: list[Either] = []
    unpacker = Unpacker(EITHER)
    while data:
        size = sizes[len(data) % len(sizes)]
        unpacker.feed(bytes(data[:size]))
        del data[:size]
        while (message := unpacker.next()) is not None:
            came.append(message)
    first, sound, last = came
    assert first == last == TEXT
    assert isinstance(sound, Sound)
    assert np.array_equal(np.frombuffer(sound.samples, np.int16), samples)


def test_numbers_may_be_those_of_numpy() -> None:
    numbers = Text((Inner("one", np.float64(0.5)), Inner("two", np.float64(1))))
    assert unpacker(pack(numbers)).next() == TEXT
    with pytest.raises(TypeError, match="object cannot be sent"):
        pack(object())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"secret",
        b"\x81\xa4type",
        pack(Text(()))[4:] + b"secret",
        pack(Inner("secret", 1))[4:],
        b"\x82\xa4type\xa4Text\xa5inner\xa6secret",
    ],
)
def test_what_is_no_message_is_said_without_its_content(body: bytes) -> None:
    with pytest.raises(IpcError, match=r"^A message was not understood: .*\.$") as raised:
        unpacker(len(body).to_bytes(4, "big") + body).next()
    assert "secret" not in str(raised.value)
    assert not isinstance(raised.value, EndedError)


def test_a_message_that_is_too_long_is_not_waited_for() -> None:
    with pytest.raises(IpcError, match=f"A message may have {MOST_BYTES} bytes at most"):
        unpacker((MOST_BYTES + 1).to_bytes(4, "big")).next()
    whole = Sound(memoryview(bytes(MOST_BYTES - 100)))
    assert unpacker(pack(whole)).next() == whole


@pytest.mark.parametrize(
    ("cut", "sentence"), [(0, "The process ended."), (1, "The process ended within a message.")]
)
async def test_the_end_is_told_and_whether_it_is_one(cut: int, sentence: str) -> None:
    reader = asyncio.StreamReader()
    data = pack(TEXT) * 2
    reader.feed_data(data[: len(data) - cut])
    reader.feed_eof()
    messages = received(reader, EITHER)
    for _ in range(2 - cut):
        assert await anext(messages) == TEXT
    with pytest.raises(EndedError) as raised:
        await anext(messages)
    assert str(raised.value) == sentence
