"""The sources of one session's sound: the current peer, and the one that is to replace it; or a feed."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import structlog

from ...webrtc.audio import AudioChunk, Packet
from ...webrtc.peer import Peer
from ...webrtc.watchdog import PeerState

log = structlog.get_logger(__name__)


class Source(Protocol):
    """What delivers sound: a `Peer`, or a `Feed`."""

    gen: int

    async def add_candidate(self, line: str | None) -> None: ...
    async def flush(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    async def close(self) -> None: ...


class PeerSlots:
    """Owns the peers. A new peer (a higher gen) becomes the current one with its first packet; the old one is closed.

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
        self._make = make
        self.paused = paused
        self._muted = False
        self._current: Source | None = None
        self._next: Source | None = None
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def hears(self) -> bool:
        """Whether there is a current peer, paused or not."""
        return self._current is not None

    @property
    def is_live(self) -> bool:
        """Whether the sound of the current peer arrives now, paused or not."""
        # A feed is heard as long as it is there.
        return self.hears and not (isinstance(self._current, Peer) and self._current.state != "live")

    @property
    def heard_at(self) -> float:
        """When the last packet of the current peer arrived, in monotonic seconds; -inf without one."""
        return self._current.heard_at if isinstance(self._current, Peer) else float("-inf")

    @property
    def newest_gen(self) -> int:
        """The gen of the newest peer; 0 if there is none."""
        newest = self._next or self._current
        return newest.gen if newest is not None else 0

    async def answer(self, gen: int, sdp: str, *, shares: bool = False, **channel: Any) -> str:
        """Answers an offer with a new peer, which `shares` sound or not; one that was not current yet is closed.

        `channel` are `channel` and `on_channel` of Peer. Raises what Peer.answer does.
        """
        if self._next is not None:
            await self._next.close()
        peer = self._next = self._make(
            gen,
            on_audio=partial(self.audio, gen),
            on_state=partial(self._changed, gen),
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

    def adopt(self, source: Source) -> None:
        """Makes a source that is heard from the start the current one; its callbacks are `audio` and `packet`."""
        self._next = source
        self._take_over(source)

    def audio(self, gen: int, audio: AudioChunk) -> None:
        """Takes sound of the source with that gen, and passes it on if it is the one that is heard."""
        if self._is_heard(gen):
            self._on_audio(gen, audio)

    def packet(self, gen: int, packet: Packet) -> None:
        """Takes a packet of the source with that gen, and passes it on if it is the one that is heard."""
        if self._is_heard(gen) and self._on_packet is not None:
            self._on_packet(packet)

    async def add_candidate(self, gen: int, candidate: str | None) -> None:
        """Passes a candidate to the peer of that gen, if there is one. Raises candidates.CandidateError."""
        if (peer := self._of(gen)) is not None:
            await peer.add_candidate(candidate)

    async def flush(self) -> None:
        """Delivers every packet that has arrived, without waiting for those before it."""
        if self._current is not None:
            await self._current.flush()

    def pause(self) -> None:
        """Delivers no sound of any peer until `resume`."""
        self.paused = True
        for peer in self._both:
            peer.pause()

    def resume(self) -> None:
        self.paused = False
        for peer in self._both:
            peer.resume()

    def mute(self) -> None:
        """Calls no callback any more."""
        self._muted = True

    async def close(self) -> None:
        for peer in self._both:
            await peer.close()

    @property
    def _both(self) -> list[Source]:
        return [peer for peer in (self._next, self._current) if peer is not None]

    def _of(self, gen: int) -> Source | None:
        return next((peer for peer in self._both if peer.gen == gen), None)

    def _is_heard(self, gen: int) -> bool:
        return not self._muted and not self.paused and self._current is not None and self._current.gen == gen

    def _changed(self, gen: int, state: PeerState, reason: str) -> None:
        peer = self._of(gen)
        if self._muted or peer is None:
            return
        self._log.info("peer_state", gen=gen, state=state, reason=reason)
        match state:
            case "live":
                self._take_over(peer)
                self._on_live()
            case "stalled":
                self._on_stalled()
            case "lost" | "failed":
                self._drop(peer, reason)
            case _:
                pass

    def _take_over(self, peer: Source) -> None:
        if peer is not self._next:
            return
        old, self._current, self._next = self._current, peer, None
        if old is not None:
            self._close_later(old)

    def _drop(self, peer: Source, reason: str) -> None:
        was_current = peer is self._current
        if was_current:
            self._current = None
        else:
            self._next = None
        self._close_later(peer)
        self._on_gone(was_current, reason)

    def _close_later(self, peer: Source) -> None:
        task = asyncio.create_task(peer.close(), name=f"close-peer-{peer.gen}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
