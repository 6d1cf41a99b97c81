import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import pytest

from captions.webrtc.audio import AudioChunk, Gap
from captions.webrtc.candidates import CandidateError
from captions.webrtc.loopback import gather_loopback
from captions.webrtc.offer import OfferError
from captions.webrtc.peer import Peer, PeerClosedError
from tests.webrtc.support import BrowserSide, until
from tests.webrtc.test_counts import value


class Heard:
    """What a peer reported."""

    def __init__(self) -> None:
        self.audio: list[AudioChunk] = []
        self.states: list[tuple[str, str]] = []

    @property
    def seconds(self) -> float:
        return (
            sum(item.samples if isinstance(item, Gap) else item.samples.size for item in self.audio) / 16_000
        )

    def on_state(self, state: str, reason: str) -> None:
        self.states.append((state, reason))


Connect = Callable[..., Coroutine[Any, Any, tuple[Peer, BrowserSide, Heard]]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connects a browser side with a peer; both are closed after the test."""
    opened: list[Peer | BrowserSide] = []

    async def make(*, loss: float = 0.0, **options: Any) -> tuple[Peer, BrowserSide, Heard]:
        heard = Heard()
        peer = Peer(1, on_audio=heard.audio.append, on_state=heard.on_state, **options)
        browser = BrowserSide(loss=loss)
        opened.extend([peer, browser])
        await browser.connect(await peer.answer(await browser.offer()))
        return peer, browser, heard

    yield make
    for side in opened:
        await side.close()


async def test_sound_arrives_complete_and_at_once(connect: Connect) -> None:
    peer, browser, heard = await connect()
    await until(lambda: browser.track.sent >= 75)
    browser.track.mute()
    await until(lambda: peer.stats.packets.received == browser.sent_packets >= 74)
    await peer.flush()
    assert heard.states == [("live", "")]
    assert heard.seconds == pytest.approx(browser.sent_packets * 0.02, abs=0.001)
    assert peer.stats.hold_seconds / peer.stats.packets.released < 0.01


async def test_what_a_lossy_link_delivers_is_heard(connect: Connect) -> None:
    peer, browser, heard = await connect(loss=0.2)
    await until(lambda: browser.track.sent >= 100)
    browser.track.mute()
    await until(lambda: peer.stats.packets.received == browser.sent_packets)
    await peer.flush()
    counts = peer.stats.packets
    assert counts.released == counts.received < 95
    assert counts.late == 0
    # The clock counts lost packets too.
    assert heard.seconds == pytest.approx((counts.released + counts.lost) * 0.02, abs=0.001)


async def test_a_microphone_that_falls_silent_and_comes_back(connect: Connect) -> None:
    _, browser, heard = await connect(warn_seconds=0.3, park_seconds=0.8)
    await until(lambda: heard.seconds > 0.1)
    browser.track.mute()
    await until(lambda: heard.states[-1] == ("lost", "no_media"))
    assert heard.states[-3:] == [("live", ""), ("stalled", "no_media"), ("lost", "no_media")]
    browser.track.unmute()
    await until(lambda: heard.states[-1] == ("live", ""))


async def test_a_pause_delivers_nothing(connect: Connect) -> None:
    peer, browser, heard = await connect()
    await until(lambda: heard.seconds > 0.1)
    peer.pause()
    before = heard.seconds
    received = peer.stats.packets.received
    await until(lambda: peer.stats.packets.received > received + 20)
    assert heard.seconds == before
    peer.resume()
    received = peer.stats.packets.received
    await until(lambda: peer.stats.packets.received > received + 5)
    # What comes from now on, and what waited for its turn.
    assert heard.seconds - before <= (peer.stats.packets.received - received + 5) * 0.02
    assert browser.track.sent * 0.02 > heard.seconds + 0.3


async def test_a_browser_that_leaves_is_noticed_at_once(connect: Connect) -> None:
    _, browser, heard = await connect()
    await until(lambda: heard.seconds > 0.1)
    await browser.close()
    await until(lambda: heard.states[-1] == ("lost", "disconnected"))


async def test_a_browser_that_never_comes() -> None:
    heard = Heard()
    peer = Peer(1, on_audio=heard.audio.append, on_state=heard.on_state, ice_seconds=0.3)
    browser = BrowserSide()
    try:
        await peer.answer(await browser.offer())
        await until(lambda: heard.states == [("failed", "ice_timeout")])
    finally:
        await peer.close()
        await browser.close()
    assert heard.states[-1] == ("closed", "")


async def test_candidates_may_come_before_and_after_the_offer() -> None:
    heard = Heard()
    peer = Peer(1, on_audio=heard.audio.append, on_state=heard.on_state)
    browser = BrowserSide()
    try:
        offer = await browser.offer()
        lines = [line for line in offer.splitlines() if line.startswith("a=candidate:")]
        bare = "".join(line + "\r\n" for line in offer.splitlines() if line not in lines)
        await peer.add_candidate(lines[0].removeprefix("a="))
        answer = await peer.answer(bare)
        for line in lines[1:]:
            await peer.add_candidate(line.removeprefix("a="))
        await peer.add_candidate(None)
        await browser.connect(answer)
        await until(lambda: heard.states == [("live", "")])
    finally:
        await peer.close()
        await browser.close()


async def test_candidates_that_are_refused() -> None:
    peer = Peer(1, on_audio=lambda _: None, on_state=lambda *_: None)
    try:
        for host in ["127.0.0.1", "169.254.169.254"]:
            with pytest.raises(CandidateError, match="refused"):
                await peer.add_candidate(f"candidate:1 1 udp 1 {host} 50000 typ host")
        for port in range(50_000, 50_018):
            await peer.add_candidate(f"candidate:1 1 udp 1 10.0.0.5 {port} typ host")
        with pytest.raises(CandidateError) as caught:
            await peer.add_candidate("candidate:1 1 udp 1 10.0.0.5 50020 typ host")
        assert caught.value.code == "candidate_limit"
    finally:
        await peer.close()


async def test_offers_that_are_refused() -> None:
    peer = Peer(1, on_audio=lambda _: None, on_state=lambda *_: None)
    with pytest.raises(OfferError):
        await peer.answer("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n")
    await peer.close()


async def test_the_answer_takes_opus_only_and_gives_every_candidate() -> None:
    peer = Peer(1, on_audio=lambda _: None, on_state=lambda *_: None)
    browser = BrowserSide()
    try:
        answer = await peer.answer(await browser.offer())
    finally:
        await peer.close()
        await browser.close()
    assert "a=recvonly" in answer
    assert answer.count("a=rtpmap:") == 1
    assert "opus/48000/2" in answer
    assert "a=candidate:" in answer
    assert " 127.0.0.1 " not in answer


async def test_loopback_is_offered_and_used_where_it_is_allowed() -> None:
    heard = Heard()
    peer = Peer(1, on_audio=heard.audio.append, on_state=heard.on_state, allow_loopback=True)
    browser = BrowserSide()
    gather_loopback(browser.connection)
    try:
        offer = _only_loopback(await browser.offer())
        answer = _only_loopback(await peer.answer(offer))
        assert "a=candidate:" in offer
        assert "a=candidate:" in answer
        await browser.connect(answer)
        await until(lambda: heard.seconds > 0.1)
    finally:
        await peer.close()
        await browser.close()


def _only_loopback(sdp: str) -> str:
    kept = [line for line in sdp.splitlines() if not line.startswith("a=candidate:") or " 127.0.0.1 " in line]
    return "".join(line + "\r\n" for line in kept)


def _sockets() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
async def test_close_leaves_nothing_behind() -> None:
    tasks, sockets = asyncio.all_tasks(), _sockets()
    heard = Heard()

    live = Peer(1, on_audio=heard.audio.append, on_state=heard.on_state)
    browser = BrowserSide()
    await browser.connect(await live.answer(await browser.offer()))
    await until(lambda: heard.seconds > 0.1)
    waiting = Peer(2, on_audio=heard.audio.append, on_state=heard.on_state)
    other = BrowserSide()
    await waiting.answer(await other.offer())
    unused = Peer(3, on_audio=heard.audio.append, on_state=heard.on_state)

    for peer in [live, waiting, unused]:
        await peer.close()
        await peer.close()
        assert peer.state == "closed"
    await live.add_candidate("candidate:1 1 udp 1 127.0.0.1 1 typ host")
    await live.flush()
    length = heard.seconds
    await browser.close()
    await other.close()

    await until(lambda: asyncio.all_tasks() == tasks)
    await until(lambda: not any("decoder" in thread.name for thread in threading.enumerate()))
    await until(lambda: _sockets() <= sockets)
    assert heard.seconds == pytest.approx(length, abs=0.002)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs /proc")
async def test_close_while_the_answer_is_made() -> None:
    sockets = _sockets()
    browser = BrowserSide()
    offer = await browser.offer()
    peer = Peer(1, on_audio=lambda _: None, on_state=lambda *_: None)
    answering = asyncio.create_task(peer.answer(offer))
    await asyncio.sleep(0)
    await peer.close()
    with pytest.raises(PeerClosedError):
        await answering
    await browser.close()
    await until(lambda: _sockets() <= sockets)


async def test_a_browser_that_makes_up_ever_new_sources_is_let_go(connect: Connect) -> None:
    peer, browser, heard = await connect()
    await until(lambda: heard.seconds > 0)
    send = browser._send
    sources = 0

    async def send_as_another(data: bytes) -> None:
        nonlocal sources
        if not 192 <= data[1] <= 223:
            sources += 1
            data = data[:8] + sources.to_bytes(4, "big") + data[12:]
        await send(data)

    browser._send = send_as_another
    await until(lambda: heard.states[-1] == ("lost", "disconnected"))
    assert sources >= 16
    received = peer.stats.packets.received
    await until(lambda: sources >= 25)
    assert peer.stats.packets.received == received


async def test_packets_of_a_refused_video_are_neither_sound_nor_sources(connect: Connect) -> None:
    before = value("other_packets_total")
    peer, browser, heard = await connect(warn_seconds=0.3)
    await until(lambda: heard.states == [("live", "")])
    browser.track.mute()
    deadline = time.monotonic() + 60
    while heard.states[-1] != ("stalled", "no_media"):
        assert time.monotonic() < deadline
        # Each from a source of its own.
        for _ in range(20):
            await browser.send_video()
        await asyncio.sleep(0.02)
    received = peer.stats.packets.received
    browser.track.unmute()
    await until(lambda: heard.states[-1] == ("live", "") and peer.stats.packets.received > received)
    await until(lambda: value("other_packets_total") - before >= 20)


async def test_a_connection_that_sends_too_much_is_given_up(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captions.webrtc.inflow.MOST_BITS_PER_SECOND", 8_000)
    monkeypatch.setattr("captions.webrtc.inflow._SECONDS", 1)
    _, _, heard = await connect()
    await until(lambda: heard.states[-1:] == [("lost", "too_much")])
