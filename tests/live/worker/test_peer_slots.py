"""The peer that is heard and the one that follows it, without a network."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from captions.live.worker import peer_slots
from captions.live.worker.packet_feed import PacketFeed
from captions.live.worker.peer_slots import PeerSlots
from captions.webrtc.audio import AudioChunk, Packet, Pcm
from captions.webrtc.offer import OfferError
from tests.speech_data import Pcm as Samples
from tests.speech_data import load_pcm

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


class Carried(PacketFeed):
    """A feed whose sound the test passes on; nothing is sent."""

    def __init__(self, gen: int, clock: str = "page") -> None:
        self.gen, self.clock, self.begins_at, self.at = gen, clock, None, 0

    @property
    def position(self) -> int:
        return self.at

    @property
    def late_seconds(self) -> float:
        return 0.0

    async def flush(self) -> None: ...

    async def close(self) -> None: ...


class Listening(Noted):
    """Slots that note the sound that they pass on, at the test's own time."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.now = 100.0
        self.sound: list[Samples] = []
        self.kept: list[Packet] = []
        self.holes: list[tuple[int, int]] = []
        self.slots._on_audio = self._take
        self.slots._on_packet = self.kept.append
        self.slots._on_joined = lambda gen, hole: self.holes.append((gen, hole))
        monkeypatch.setattr(peer_slots, "time", self)

    def _take(self, gen: int, audio: AudioChunk) -> None:
        assert isinstance(audio, Pcm)
        self.sound.append(audio.samples)

    def monotonic(self) -> float:
        return self.now

    def hear(self, gen: int, speech: Samples, start: int, end: int) -> None:
        """The source with that gen has this part of the speech, in packets of 20 ms."""
        for at in range(start, end, 320):
            self.slots.audio(gen, Pcm(speech[at : at + 320]))
            self.slots.packet(gen, Packet(str(at).encode(), (at - start) * 3, 960))


async def test_a_peer_continues_a_feed_where_the_sound_says_whatever_came_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    speech = load_pcm("note-en-us")
    noted = Listening(monkeypatch)
    feed = Carried(1)
    await noted.slots.expect(feed)
    noted.slots.changed(1, "live", "")
    noted.hear(1, speech, 0, 32_000)
    await noted.slots.answer(2, "offer")
    noted.peers[2].say("live", "")
    # It begins 0.3 s earlier than the feed is.
    for second in range(3):
        begin = 32_000 + second * 16_000
        noted.now += 1.0
        noted.hear(1, speech, begin, begin + 16_000)
        noted.hear(2, speech, begin - 4_800, begin + 11_200)
        if not noted.slots.is_heard(1):
            break
    assert noted.slots.is_heard(2)
    assert noted.slots.whole_since == 1
    noted.hear(1, speech, 0, 16_000)
    heard = np.concatenate(noted.sound)
    assert heard.size > 32_000
    assert np.array_equal(heard, speech[: heard.size])
    assert noted.holes == [(2, 0)]


async def test_a_feed_continues_another_of_the_same_page_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Listening(monkeypatch)
    first, second = Carried(1), Carried(2)
    await noted.slots.expect(first)
    noted.slots.changed(1, "live", "")
    first.at = 960
    noted.slots.audio(1, SOUND)
    await noted.slots.expect(second)
    assert second.begins_at == 960
    first.at = 1_920
    noted.slots.changed(2, "live", "")
    assert (second.begins_at, noted.slots.whole_since, noted.holes) == (1_920, 1, [(2, 0)])
    assert noted.slots.is_heard(2)


async def test_what_continues_a_source_reaches_back_to_the_hole_before_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    noted = Listening(monkeypatch)
    await noted.heard(1)
    noted.slots.audio(1, SOUND)
    # Of this one a page may never hear.
    noted.now += 20.0
    await noted.slots.expect(Carried(2))
    noted.slots.changed(2, "live", "")
    noted.slots.audio(2, SOUND)
    await noted.slots.flush()
    for gen in (3, 4):
        await noted.slots.expect(Carried(gen))
        noted.slots.changed(gen, "live", "")
        noted.slots.audio(gen, SOUND)
        assert noted.slots.is_heard(gen)
    assert noted.slots.whole_since == 2


async def test_at_a_pause_the_new_one_takes_over_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Listening(monkeypatch)
    await noted.heard(1)
    noted.slots.audio(1, SOUND)
    await noted.slots.expect(Carried(2))
    noted.slots.changed(2, "live", "")
    assert noted.slots.is_heard(1)
    await noted.slots.flush()
    assert noted.slots.is_heard(2)
