"""A browser that opens data channels, and one that attacks with them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest
from aiortc import RTCDataChannel

from captions.webrtc import channel as module
from captions.webrtc.channel import Channel
from captions.webrtc.peer import Peer
from tests.webrtc.support import BrowserSide, until
from tests.webrtc.test_sctp_gate import chunk, packet

LABEL = "talk.v1"


class Talk:
    """What the peer heard over its channel."""

    def __init__(self) -> None:
        self.channels: list[Channel] = []
        self.texts: list[str | None] = []
        self.closed = 0
        self.seconds = 0.0
        self.states: list[str] = []

    def take(self, channel: Channel) -> None:
        self.channels.append(channel)
        channel.on_text = self.texts.append
        channel.on_close = self._close

    def _close(self) -> None:
        self.closed += 1

    def hear(self, audio: Any) -> None:
        self.seconds += 0.02

    def change(self, state: str, reason: str) -> None:
        self.states.append(state)


Meet = Callable[..., Coroutine[Any, Any, tuple[BrowserSide, Talk]]]


@pytest.fixture
async def meet() -> AsyncIterator[Meet]:
    opened: list[Peer | BrowserSide] = []

    async def meet(*, label: str = LABEL) -> tuple[BrowserSide, Talk]:
        talk = Talk()
        peer = Peer(1, on_audio=talk.hear, on_state=talk.change, channel=label, on_channel=talk.take)
        browser = BrowserSide()
        opened.extend([peer, browser])
        browser.connection.createDataChannel("first" if label != LABEL else LABEL)
        await browser.connect(await peer.answer(await browser.offer()))
        return browser, talk

    yield meet
    for side in opened:
        await side.close()


def heard_by(channel: RTCDataChannel) -> list[str]:
    heard: list[str] = []
    channel.on("message", heard.append)
    return heard


async def test_texts_both_ways_beside_the_sound(meet: Meet) -> None:
    browser, talk = await meet()
    await until(lambda: bool(talk.channels) and talk.seconds > 0.1)
    (theirs,) = browser.connection.sctp._data_channels.values()  # type: ignore[union-attr]
    heard = heard_by(theirs)
    talk.channels[0].send("hello")
    theirs.send("é" * 1_000)
    theirs.send(b"\x00")
    await until(lambda: len(talk.texts) == 2 and bool(heard))
    assert talk.texts == ["é" * 1_000, None]
    assert heard == ["hello"]
    talk.channels[0].close()
    await until(lambda: theirs.readyState == "closed" and talk.closed == 1)
    talk.channels[0].send("nothing happens")
    assert talk.states == ["live"]


@pytest.mark.parametrize(
    ("label", "options"),
    [("other", {}), (LABEL, {}), (LABEL, {"ordered": False}), (LABEL, {"maxRetransmits": 1})],
)
async def test_others_are_closed(meet: Meet, label: str, options: dict[str, Any]) -> None:
    browser, talk = await meet()
    await until(lambda: bool(talk.channels))
    other = browser.connection.createDataChannel(label, **options)
    await until(lambda: other.readyState == "closed")
    assert talk.channels[0].is_open
    assert len(talk.channels) == 1


async def test_no_channel_with_another_label(meet: Meet) -> None:
    browser, talk = await meet(label="something else")
    (theirs,) = [each for each, *_ in browser.connection.sctp._data_channel_queue]  # type: ignore[union-attr]
    await until(lambda: theirs.readyState == "closed" and talk.seconds > 0.1)
    assert not talk.channels


async def test_one_that_opens_channels_without_end_loses_them(meet: Meet) -> None:
    browser, talk = await meet()
    await until(lambda: bool(talk.channels))
    for _ in range(12):
        browser.connection.createDataChannel("more")
    await until(lambda: talk.closed == 1)
    before = talk.seconds
    await until(lambda: talk.seconds > before + 0.2)


async def test_a_message_that_is_too_long_closes_it(meet: Meet) -> None:
    browser, talk = await meet()
    await until(lambda: bool(talk.channels))
    (theirs,) = browser.connection.sctp._data_channels.values()  # type: ignore[union-attr]
    browser.connection.sctp._remote_max_message_size = 0  # type: ignore[union-attr]
    # Either side may be the first to know.
    await until(lambda: theirs.readyState == "open")
    theirs.send("x" * 65_536)
    await until(lambda: [len(text or "") for text in talk.texts] == [65_536])
    theirs.send("x" * 65_537)
    await until(lambda: talk.closed == 1)
    assert len(talk.texts) == 1


async def test_a_message_without_end_ends_it_and_the_sound_goes_on(meet: Meet) -> None:
    browser, talk = await meet()
    await until(lambda: bool(talk.channels))
    (theirs,) = browser.connection.sctp._data_channels.values()  # type: ignore[union-attr]
    browser.connection.sctp._remote_max_message_size = 0  # type: ignore[union-attr]
    theirs.send("x" * 1_000_000)
    await until(lambda: talk.closed == 1)
    before = talk.seconds
    await until(lambda: talk.seconds > before + 0.2)
    assert not talk.texts


@pytest.mark.parametrize(
    "attack",
    [
        packet(chunk(4, bytes(4))),
        packet(chunk(0, b"short")),
        packet(chunk(192, bytes(2))),
        packet(chunk(130, b"\x00\x0d\x00\x05\x00\x00\x00\x00")),
        b"nothing like it",
    ],
)
async def test_hostile_packets_cost_nothing(meet: Meet, attack: bytes) -> None:
    browser, talk = await meet()
    await until(lambda: bool(talk.channels))
    sctp: Any = browser.connection.sctp
    for _ in range(20):
        await sctp.transport._send_data(attack)
    # What comes later is not held up.
    before = talk.seconds
    await until(lambda: talk.seconds > before + 0.2)
    assert talk.states == ["live"]


async def test_a_peer_that_crashes_its_association_is_heard_on(meet: Meet) -> None:
    browser, talk = await meet()
    await until(lambda: bool(talk.channels))
    sctp: Any = browser.connection.sctp
    # It opens the channel that is open once more.
    (theirs,) = sctp._data_channels.values()
    await sctp._send(theirs.id, 50, b"\x03" + bytes(11))
    await until(lambda: talk.closed == 1)
    before = talk.seconds
    await until(lambda: talk.seconds > before + 0.2)


async def test_what_is_not_read_is_skipped_and_then_given_up(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SKIP_BYTES", 10_000)
    monkeypatch.setattr(module, "CLOSE_BYTES", 40_000)
    browser, talk = await meet()
    await until(lambda: bool(talk.channels))
    (channel,) = talk.channels
    (theirs,) = browser.connection.sctp._data_channels.values()  # type: ignore[union-attr]
    heard = heard_by(theirs)
    # Nothing leaves before this task waits.
    for number in range(9):
        channel.send("x" * 2_000, may_skip=True)
        channel.send(f"{number}")
    await until(lambda: bool(heard) and heard[-1] == "8")
    assert len(heard) == 9 + 5
    for _ in range(30):
        channel.send("x" * 2_000)
    assert not channel.is_open
    await asyncio.sleep(0)
