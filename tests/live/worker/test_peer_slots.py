"""The peer that is heard and the one that follows it, without a network."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from captions.live.worker.peer_slots import PeerSlots
from captions.webrtc.audio import Packet, Pcm
from captions.webrtc.offer import OfferError

SOUND = Pcm(np.zeros(320, np.int16))
PACKET = Packet(b"", 0, 960)


class Scripted:
    """A peer that notes what is asked of it, and says what it is told to."""

    def __init__(self, gen: int, **callbacks: Any) -> None:
        self.gen = gen
        self.asked: list[str] = []
        self.say: Callable[[str, str], None] = callbacks["on_state"]
        self._callbacks = callbacks

    def sound(self) -> None:
        self._callbacks["on_audio"](SOUND)
        self._callbacks["on_packet"](PACKET)

    async def answer(self, sdp: str) -> str:
        if sdp == "bad":
            raise OfferError("malformed", "No.")
        return f"answer {self.gen}"

    async def add_candidate(self, line: str | None) -> None:
        self.asked.append(f"candidate {line}")

    async def flush(self) -> None:
        self.asked.append("flush")

    def pause(self) -> None:
        self.asked.append("pause")

    def resume(self) -> None:
        self.asked.append("resume")

    async def close(self) -> None:
        self.asked.append("close")


class Noted:
    """Slots with scripted peers, and what they told."""

    def __init__(self, *, paused: bool = False) -> None:
        self.told: list[Any] = []
        self.peers: dict[int, Any] = {}
        self.slots = PeerSlots(
            "session",
            {},
            on_audio=lambda gen, audio: self.told.append(f"audio {gen}"),
            on_packet=lambda packet: self.told.append("packet"),
            on_live=lambda: self.told.append("live"),
            on_stalled=lambda: self.told.append("stalled"),
            on_gone=lambda was_heard, reason: self.told.append(("gone", was_heard, reason)),
            paused=paused,
            make=self._make,
        )

    def _make(self, gen: int, **callbacks: Any) -> Any:
        self.peers[gen] = Scripted(gen, **callbacks)
        return self.peers[gen]

    async def heard(self, gen: int) -> Any:
        """Another peer that is heard."""
        await self.slots.answer(gen, "offer")
        self.peers[gen].say("live", "")
        return self.peers[gen]


async def test_a_peer_is_heard_from_its_first_sound_on_and_the_old_one_is_closed() -> None:
    noted = Noted()
    first = await noted.heard(1)
    assert await noted.slots.answer(2, "offer") == "answer 2"
    assert noted.slots.newest_gen == 2
    first.sound()
    assert noted.told == ["live", "audio 1", "packet"]
    noted.peers[2].say("live", "")
    first.sound()
    noted.peers[2].sound()
    assert noted.told[3:] == ["live", "audio 2", "packet"]
    await asyncio.sleep(0)
    assert first.asked == ["close"]


async def test_an_offer_takes_the_place_of_one_that_has_not_come_about() -> None:
    noted = Noted()
    await noted.slots.answer(1, "offer")
    await noted.slots.answer(2, "offer")
    assert noted.peers[1].asked == ["close"]
    assert not noted.slots.hears


async def test_a_bad_offer_leaves_the_peer_that_is_heard() -> None:
    noted = Noted()
    await noted.heard(1)
    with pytest.raises(OfferError):
        await noted.slots.answer(2, "bad")
    assert noted.peers[2].asked == ["close"]
    assert (noted.slots.newest_gen, noted.slots.hears) == (1, True)


async def test_says_whether_the_one_that_is_gone_was_heard() -> None:
    noted = Noted()
    first = await noted.heard(1)
    await noted.slots.answer(2, "offer")
    noted.peers[2].say("failed", "ice_timeout")
    first.say("stalled", "no_media")
    first.say("lost", "no_media")
    assert noted.told == ["live", ("gone", False, "ice_timeout"), "stalled", ("gone", True, "no_media")]
    assert (noted.slots.newest_gen, noted.slots.hears) == (0, False)
    first.say("lost", "again")
    assert len(noted.told) == 4


async def test_nothing_of_a_pause_is_passed_on_and_new_peers_are_paused_too() -> None:
    noted = Noted(paused=True)
    first = await noted.heard(1)
    first.sound()
    assert noted.told == ["live"]
    noted.slots.resume()
    first.sound()
    assert noted.told == ["live", "audio 1", "packet"]
    noted.slots.pause()
    first.sound()
    assert first.asked == ["pause", "resume", "pause"]
    assert len(noted.told) == 3


async def test_candidates_go_to_their_peer() -> None:
    noted = Noted()
    await noted.heard(1)
    await noted.slots.answer(2, "offer")
    await noted.slots.add_candidate(1, "a")
    await noted.slots.add_candidate(2, "b")
    await noted.slots.add_candidate(3, "c")
    assert [noted.peers[gen].asked for gen in (1, 2)] == [["candidate a"], ["candidate b"]]


async def test_tells_nothing_more_once_it_is_muted() -> None:
    noted = Noted()
    first = await noted.heard(1)
    noted.slots.mute()
    first.sound()
    first.say("lost", "no_media")
    assert noted.told == ["live"]
    await noted.slots.close()
    assert first.asked == ["close"]
