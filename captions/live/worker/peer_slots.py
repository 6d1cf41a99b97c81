"""The sources of one session's sound: the current peer, and the one that is to replace it; or a feed."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import structlog

from ...speech.types import SAMPLE_RATE
from ...webrtc.audio import TICK_RATE, AudioChunk, Gap, Packet, Pcm
from ...webrtc.peer import Peer
from ...webrtc.watchdog import PeerState
from .packet_feed import PacketFeed
from .seam import Seam, Tail

log = structlog.get_logger(__name__)

_TICKS_A_SAMPLE = TICK_RATE // SAMPLE_RATE
# A shorter hole between two sources holds no word.
_HOLE_SAMPLES = SAMPLE_RATE // 4


class Source(Protocol):
    """What delivers sound: a `Peer`, a `PacketFeed` or a `Feed`."""

    gen: int

    async def add_candidate(self, line: str | None) -> None: ...
    async def flush(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    async def close(self) -> None: ...


class PeerSlots:
    """Owns the peers. A new peer (a higher gen) becomes the current one with its first packet; the old one is closed.

    Where one of both is a `PacketFeed`, they may hold the same sound: the new one becomes the current one when it is
    known where it continues the old one, and `on_joined(gen, hole)` is told how many samples are missing between them.
    Of two feeds with one clock that is known at once.

    Only the current peer's sound is passed on, to `on_audio(gen, audio)` and, if given, `on_packet(packet)`.
    `on_live()` and `on_stalled()` report its state; `on_gone(was_heard, reason)` reports that a peer was lost or
    failed, and whether it was the current one.
    """

    def __init__(
        self,
        session: str,
        options: Mapping[str, Any],
        *,
        on_audio: Callable[[int, AudioChunk], None],
        on_packet: Callable[[Packet], None] | None,
        on_live: Callable[[], None],
        on_stalled: Callable[[], None],
        on_gone: Callable[[bool, str], None],
        on_joined: Callable[[int, int], None] = lambda gen, hole: None,
        paused: bool,
        make: Callable[..., Peer] = Peer,
    ) -> None:
        self._log = log.bind(session=session)
        self._options = options
        self._on_audio = on_audio
        self._on_packet = on_packet
        self._on_live = on_live
        self._on_stalled = on_stalled
        self._on_gone = on_gone
        self._on_joined = on_joined
        self._make = make
        self.paused = paused
        self._muted = False
        self._current: Source | None = None
        self._next: Source | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._tail = Tail()
        self._was_packets = False
        # The feed whose sound was the last that was passed on, unless there was a pause since.
        self._heard_feed: PacketFeed | None = None
        # While it is sought where the next one continues.
        self._seam: Seam | None = None
        self._held: list[Packet] = []
        # What the current one repeats of the one before: how much there was, and how much of it is still to come.
        self._cut = self._cut_left = 0
        self.whole_since = 0
        """The gen of the source since whose first sound none is missing: the current one, or one that it continues."""

    @property
    def hears(self) -> bool:
        """Whether there is a current peer, paused or not."""
        return self._current is not None

    @property
    def is_live(self) -> bool:
        """Whether the sound of the current peer arrives now, paused or not."""
        # A feed is heard as long as it is there.
        return self.hears and not (
            isinstance(self._current, Peer | PacketFeed) and self._current.state != "live"
        )

    @property
    def heard_at(self) -> float:
        """When the last packet of the current peer arrived, in monotonic seconds; -inf without one."""
        return self._current.heard_at if isinstance(self._current, Peer | PacketFeed) else float("-inf")

    @property
    def was_heard(self) -> bool:
        """Whether any sound was passed on."""
        return self._tail.ended_at is not None

    @property
    def late_seconds(self) -> float:
        """How long ago the last sound that was passed on was captured, beside the usual delays."""
        return _late(self._current)

    @property
    def newest_gen(self) -> int:
        """The gen of the newest peer; 0 if there is none."""
        newest = self._next or self._current
        return newest.gen if newest is not None else 0

    @property
    def current_gen(self) -> int:
        """The gen of the current peer; 0 if there is none."""
        return self._current.gen if self._current is not None else 0

    async def answer(self, gen: int, sdp: str, *, shares: bool = False, **channel: Any) -> str:
        """Answers an offer with a new peer, which `shares` sound or not; one that was not current yet is closed.

        `channel` are `channel` and `on_channel` of Peer. Raises what Peer.answer does.
        """
        await self._withdraw()
        peer = self._next = self._make(
            gen,
            on_audio=partial(self.audio, gen),
            on_state=partial(self.changed, gen),
            on_packet=partial(self.packet, gen) if self._on_packet is not None else None,
            shares=shares,
            **channel,
            **self._options,
        )
        try:
            answer = await peer.answer(sdp)
        except Exception:
            self._next = None
            await peer.close()
            raise
        if self.paused:
            peer.pause()
        return answer

    async def expect(self, feed: PacketFeed) -> None:
        """Takes a feed as the next one; its callbacks are `audio`, `packet` and `changed`."""
        await self._withdraw()
        self._next = feed
        if self._heard_feed is not None and self._heard_feed.clock == feed.clock:
            feed.begins_at = self._heard_feed.position
        if self.paused:
            feed.pause()

    def adopt(self, source: Source) -> None:
        """Makes a source that is heard from the start the current one; its callbacks are `audio` and `packet`."""
        self._next = source
        self._take_over(source)

    def audio(self, gen: int, audio: AudioChunk) -> None:
        """Takes sound of the source with that gen, and passes it on if it is the one that is heard."""
        if self._seam is not None and self._is_next(gen):
            self._seam.push(audio, time.monotonic() - _late(self._next))
            self._join()
        elif self.is_heard(gen):
            self._pass_on(gen, audio)

    def packet(self, gen: int, packet: Packet) -> None:
        """Takes a packet of the source with that gen, and passes it on if it is the one that is heard."""
        if self._seam is not None and self._is_next(gen):
            self._held.append(packet)
        elif self.is_heard(gen) and self._on_packet is not None:
            start = packet.start - self._cut * _TICKS_A_SAMPLE
            if start + packet.ticks // 2 >= 0:
                self._on_packet(replace(packet, start=start))

    async def add_candidate(self, gen: int, candidate: str | None) -> None:
        """Passes a candidate to the peer of that gen, if there is one. Raises candidates.CandidateError."""
        if (peer := self._of(gen)) is not None:
            await peer.add_candidate(candidate)

    async def flush(self) -> None:
        """Delivers every packet that has arrived, without waiting for those before it."""
        if self._seam is not None:
            self._join(must=True)
        if self._current is not None:
            await self._current.flush()

    def pause(self) -> None:
        """Delivers no sound of any peer until `resume`."""
        self.paused = True
        self._heard_feed = None
        for peer in self._both:
            peer.pause()

    def resume(self) -> None:
        self.paused = False
        self._tail.resume(time.monotonic())
        for peer in self._both:
            peer.resume()

    def mute(self) -> None:
        """Calls no callback any more."""
        self._muted = True

    async def close(self) -> None:
        for peer in self._both:
            await peer.close()

    async def leave(self) -> None:
        """Closes all peers; another one may be offered."""
        both = self._both
        self._current = self._next = self._seam = None
        self._held.clear()
        for peer in both:
            await peer.close()

    @property
    def _both(self) -> list[Source]:
        return [peer for peer in (self._next, self._current) if peer is not None]

    def _of(self, gen: int) -> Source | None:
        return next((peer for peer in self._both if peer.gen == gen), None)

    def is_heard(self, gen: int) -> bool:
        """Whether the sound of that source is passed on now."""
        return not self._muted and not self.paused and self._current is not None and self._current.gen == gen

    def _is_next(self, gen: int) -> bool:
        return not self._muted and not self.paused and self._next is not None and self._next.gen == gen

    async def _withdraw(self) -> None:
        """Closes the one that was to be the next."""
        self._seam = None
        self._held.clear()
        if self._next is not None:
            await self._next.close()

    def _pass_on(self, gen: int, audio: AudioChunk) -> None:
        rest = self._behind_cut(audio)
        if rest is None:
            return
        self._heard_feed = self._current if isinstance(self._current, PacketFeed) else None
        self._was_packets = self._heard_feed is not None
        self._tail.push(rest, time.monotonic() - self.late_seconds)
        self._on_audio(gen, rest)
        if self._seam is not None:
            self._join()

    def _behind_cut(self, audio: AudioChunk) -> AudioChunk | None:
        """What was not heard before of the current source's sound; None if all of it was."""
        if not self._cut_left:
            return audio
        length = audio.samples.size if isinstance(audio, Pcm) else audio.samples
        cut = min(self._cut_left, length)
        self._cut_left -= cut
        if cut == length:
            return None
        if isinstance(audio, Gap):
            return Gap(length - cut)
        return Pcm(audio.samples[cut:], None if audio.shared is None else audio.shared[cut:])

    def _join(self, *, must: bool = False) -> None:
        """Makes the next one the current one, once it is known where it continues."""
        if self._seam is None or self._next is None:
            return
        joint = self._seam.joint(time.monotonic(), must=must)
        if joint is None:
            return
        chunks, held = self._seam.take(), list(self._held)
        gen = self._next.gen
        self._log.info("sources_joined", gen=gen, cut=joint.cut, hole=joint.hole, is_found=joint.is_found)
        self._take_over(self._next, is_joined=joint.hole < _HOLE_SAMPLES)
        self._cut = self._cut_left = joint.cut
        self._on_joined(gen, joint.hole)
        for chunk in chunks:
            self._pass_on(gen, chunk)
        for packet in held:
            self.packet(gen, packet)
        self._on_live()

    def changed(self, gen: int, state: PeerState, reason: str) -> None:
        """Takes the new state of the source with that gen."""
        peer = self._of(gen)
        if self._muted or peer is None:
            return
        self._log.info("peer_state", gen=gen, state=state, reason=reason)
        match state:
            case "live" if peer is self._next and self._is_continued(peer):
                self._take_over(peer, is_joined=True)
                self._on_joined(gen, 0)
                self._on_live()
            case "live" if peer is self._next and self._is_joined(peer):
                self._seam = self._seam or Seam(self._tail, time.monotonic())
            case "live":
                if peer is self._current and isinstance(peer, Peer):
                    # What was lost meanwhile did not come later.
                    self.whole_since = gen
                self._take_over(peer)
                self._on_live()
            case "stalled":
                if peer is self._next:
                    # No more sound comes that could tell where it continues.
                    self._join(must=True)
                if peer is self._current:
                    self._on_stalled()
            case "lost" | "failed":
                self._drop(peer, reason)
            case _:
                pass

    def _is_continued(self, peer: Source) -> bool:
        """Whether it is known where it continues: after another feed with the same clock, which may have gone on."""
        feed = self._heard_feed
        if not isinstance(peer, PacketFeed) or peer.begins_at is None or feed is None:
            return False
        peer.begins_at = feed.position
        return True

    def _is_joined(self, peer: Source) -> bool:
        """Whether it may hold sound that was heard already."""
        return (
            self._tail.ended_at is not None
            and not self.paused
            and (self._was_packets or isinstance(peer, PacketFeed))
        )

    def _take_over(self, peer: Source, *, is_joined: bool = False) -> None:
        if peer is not self._next:
            return
        self._seam = None
        self._held.clear()
        self._cut = self._cut_left = 0
        if not is_joined:
            self.whole_since = peer.gen
        old, self._current, self._next = self._current, peer, None
        if old is not None:
            self._close_later(old)

    def _drop(self, peer: Source, reason: str) -> None:
        was_current = peer is self._current
        if was_current:
            self._current = None
        else:
            self._next = self._seam = None
            self._held.clear()
        self._close_later(peer)
        self._on_gone(was_current, reason)

    def _close_later(self, peer: Source) -> None:
        task = asyncio.create_task(peer.close(), name=f"close-peer-{peer.gen}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


def _late(source: Source | None) -> float:
    return source.late_seconds if isinstance(source, Peer | PacketFeed) else 0.0
