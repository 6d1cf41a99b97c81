import asyncio
from typing import Any

import pytest
from channels.exceptions import ChannelFull

from captions.live.worker.publisher import Publisher
from captions.protocol import messages


class Layer:
    """A channel layer that can be held up, and that can be full."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.full = False

    async def group_send(self, name: str, message: dict[str, Any]) -> None:
        await self.open.wait()
        if self.full:
            raise ChannelFull
        self.sent.append(message)

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        await self.group_send(channel, message)


def partial(utterance: str, text: str) -> dict[str, Any]:
    return messages.partial(utterance=utterance, start_ms=0, stable="", tentative=text)


@pytest.fixture
def layer() -> Layer:
    return Layer()


async def test_a_newer_partial_replaces_the_one_that_waits(layer: Layer) -> None:
    publisher = Publisher(layer, "s")
    layer.open.clear()
    publisher.publish(messages.speech("started", 0))
    await asyncio.sleep(0)
    for text in ("a", "a b", "a b c"):
        publisher.publish(partial("u", text))
    publisher.publish(partial("v", "x"))
    layer.open.set()
    await publisher.close()
    texts = [message["payload"].get("tentative") for message in layer.sent]
    assert texts == [None, "a b c", "x"]


async def test_its_queue_has_an_end(layer: Layer) -> None:
    publisher = Publisher(layer, "s")
    layer.open.clear()
    for index in range(1000):
        publisher.publish(messages.speech("started", index))
    layer.open.set()
    await publisher.close()
    assert len(layer.sent) == 200
    assert layer.sent[-1]["payload"]["at_ms"] == 999


async def test_a_full_channel_does_not_stop_what_follows(layer: Layer) -> None:
    publisher = Publisher(layer, "s")
    layer.full = True
    publisher.publish(messages.speech("started", 1))
    for _ in range(3):
        await asyncio.sleep(0)
    layer.full = False
    publisher.heartbeat("w", 3, 900)
    await publisher.close()
    assert layer.sent == [{"type": "session.heartbeat", "worker": "w", "last_seq": 3, "settled_ms": 900}]


async def test_what_is_for_programs_only_is_not_sent_to_browsers(layer: Layer) -> None:
    publisher, told = Publisher(layer, "s"), list[dict[str, Any]]()
    publisher.on_published = told.append
    publisher.publish(messages.settled(900))
    publisher.publish(messages.speech("stopped", 1_000))
    await publisher.close()
    assert [each["type"] for each in told] == ["settled", "speech"]
    assert [message["payload"]["type"] for message in layer.sent] == ["speech"]


async def test_an_answer_that_nobody_waits_for_is_not_sent(layer: Layer) -> None:
    publisher = Publisher(layer, "s")
    publisher.reply("", messages.error("candidate_refused", "No."))
    publisher.reply("channel", messages.answer(1, "v=0"))
    await publisher.close()
    assert [message["payload"]["type"] for message in layer.sent] == ["answer"]
