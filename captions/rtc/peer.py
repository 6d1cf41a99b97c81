"""One RTCPeerConnection: the microphone of one browser."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from ..metrics import DROPS
from . import jitter, offer
from .audio import Audio, AudioTimeline, TooFastError
from .candidates import Accepted, CandidateGate
from .decoder import PacketDecoder
from .ice_servers import server_side
from .watchdog import MediaWatchdog, PeerState

logger = logging.getLogger(__name__)

OnAudio = Callable[[Audio], None]
OnState = Callable[[PeerState, str], None]

_TICK_SECONDS = 0.1
# Packets that wait for a hole are given up when nothing at all came for this long.
_IDLE_SECONDS = 0.2


class PeerClosedError(Exception):
    """The peer was closed while it was being answered."""


@dataclass(slots=True)
class PeerStats:
    """What happened to the packets. `hold_seconds` is the time between the arrival of a packet and its delivery."""

    packets: jitter.JitterCounts
    undecodable: int = 0
    too_fast: int = 0
    hold_seconds: float = 0.0
    longest_hold_seconds: float = 0.0


class Peer:
    """Answers one offer and delivers the sound that then arrives.

    `on_audio` is called on the event loop with Pcm and Gap in order, about every 20 ms; it must be quick and must
    not wait. `on_state` is called with a PeerState and a reason: failed (ice_timeout, connect_failed), lost
    (no_media, disconnected). Whoever makes a peer closes it.
    """

    def __init__(
        self,
        gen: int,
        *,
        on_audio: OnAudio,
        on_state: OnState,
        ice_servers: Iterable[Mapping[str, Any]] = (),
        ice_seconds: float = 15,
        warn_seconds: float = 3,
        park_seconds: float = 10,
        offer_bytes: int = offer.MAX_BYTES,
        candidate_limit: int = 20,
        allow_loopback: bool = False,
    ) -> None:
        self.gen = gen
        self._on_audio = on_audio
        self._on_state = on_state
        self._offer_bytes = offer_bytes
        self._gate = CandidateGate(candidate_limit, allow_loopback=allow_loopback)
        self._early: list[Accepted] = []
        self._watchdog = MediaWatchdog(
            ice_seconds=ice_seconds, warn_seconds=warn_seconds, park_seconds=park_seconds
        )
        self._told: tuple[PeerState, str] = ("connecting", "")
        self._buffer = jitter.InOrderBuffer()
        self.stats = PeerStats(self._buffer.counts)
        self._decoder = PacketDecoder()
        self._timeline = AudioTimeline()
        self._arrived = 0.0
        self._paused = False
        self._negotiating = asyncio.Lock()
        self._closing = False
        self._ticker: asyncio.Task[None] | None = None
        # The list is always given: without one aiortc asks a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=server_side(ice_servers)))
        self._connection.on("connectionstatechange", self._connection_changed)

    @property
    def state(self) -> PeerState:
        return self._watchdog.state

    @property
    def paused(self) -> bool:
        return self._paused

    async def answer(self, sdp: str) -> str:
        """Answers the browser's offer, once. Raises offer.OfferError and PeerClosedError.

        Takes up to 5 s where a configured STUN server does not reply.
        """
        accepted = offer.accept(sdp, self._gate, max_bytes=self._offer_bytes)
        async with self._negotiating:
            if self._closing:
                raise PeerClosedError
            try:
                await self._connection.setRemoteDescription(RTCSessionDescription(accepted, "offer"))
            except Exception as error:  # aiortc promises no kind for what it does not like in an SDP
                raise offer.OfferError("malformed", "The offer could not be applied.") from error
            (receiver,) = self._connection.getReceivers()
            jitter.install(receiver, self._receive)
            await self._connection.setLocalDescription()
            if self._closing:
                raise PeerClosedError
            early, self._early = self._early, []
            for candidate in early:
                await self._add(candidate)
        self._watchdog.answered(time.monotonic())
        self._ticker = asyncio.create_task(self._tick(), name=f"peer-{self.gen}")
        return str(self._connection.localDescription.sdp)

    async def add_candidate(self, line: str | None) -> None:
        """Takes a candidate of the browser, also before the offer was answered. Raises candidates.CandidateError.

        The end of candidates (None) is not passed on: ICE would fail at once instead of waiting for the browser.
        """
        if line is None or self._closing:
            return
        candidate = self._gate.check(line)
        if isinstance(candidate, Accepted):
            if self._ticker is None:
                self._early.append(candidate)
            else:
                await self._add(candidate)

    def pause(self) -> None:
        """Delivers what has arrived, and then nothing until resume()."""
        if not self._paused:
            self._drain()
            self._paused = True
            self._watchdog.pause()

    def resume(self) -> None:
        """Delivers sound again; the time of the pause leaves no gap."""
        if self._paused:
            self._buffer.flush()
            self._timeline.restart()
            self._paused = False
            self._watchdog.resume(time.monotonic())

    async def flush(self) -> None:
        """Delivers every packet that has arrived, holes before it or not."""
        self._drain()
        self._deliver(self._timeline.flush())

    async def close(self) -> None:
        """Ends the connection and frees its sockets and tasks. May be called again."""
        self._closing = True
        self._watchdog.close()
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.wait([self._ticker])
        # Sockets are being opened while an answer is made; closing then would leave some behind.
        async with self._negotiating:
            await self._connection.close()
        self._tell()

    async def _add(self, candidate: Accepted) -> None:
        parsed = candidate_from_sdp(candidate.line)
        parsed.sdpMLineIndex = 0
        await self._connection.addIceCandidate(parsed)

    def _receive(self, ssrc: int, sequence: int, timestamp: int, payload: bytes, /) -> None:
        if self._closing:
            return
        now = time.monotonic()
        self._arrived = now
        self._watchdog.heard(now)
        self._tell()
        dropped = self._buffer.counts.late
        self._play(self._buffer.add(jitter.Arrival(ssrc, sequence, timestamp, payload, now)))
        if self._buffer.counts.late > dropped:
            DROPS.labels("late_packet").inc()

    def _drain(self) -> None:
        self._play(self._buffer.flush())

    def _play(self, releases: list[jitter.Release]) -> None:
        if self._paused:
            return
        for release in releases:
            if release.restart:
                self._timeline.restart()
            for frame in self._decoder.decode(release):
                try:
                    output = self._timeline.push(frame, release.packet.timestamp, release.packet.arrived)
                except TooFastError:
                    self.stats.too_fast += 1
                    DROPS.labels("fast_packet").inc()
                    continue
                self._deliver(output)
            held = time.monotonic() - release.packet.arrived
            self.stats.hold_seconds += held
            self.stats.longest_hold_seconds = max(self.stats.longest_hold_seconds, held)
        self.stats.undecodable = self._decoder.errors

    def _deliver(self, output: list[Audio]) -> None:
        for audio in output:
            self._on_audio(audio)

    def _connection_changed(self) -> None:
        if self._closing:
            return
        match self._connection.connectionState:
            case "connected":
                self._watchdog.connected(time.monotonic())
            case "failed" | "closed":
                self._drain()
                self._watchdog.disconnected()
        self._tell()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            if now - self._arrived >= _IDLE_SECONDS:
                self._drain()
            self._watchdog.tick(now)
            self._tell()

    def _tell(self) -> None:
        """Reports the state when it has changed."""
        current = (self._watchdog.state, self._watchdog.reason)
        if current != self._told:
            self._told = current
            self._on_state(*current)
