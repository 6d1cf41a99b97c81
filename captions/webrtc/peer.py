"""One RTCPeerConnection: the microphone of one browser, and the sound that it shares."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from ..core.errors import WhisperStreamError
from ..core.translatable import gettext_noop
from . import jitter, offer, red_offer, red_payload, reports, sections
from .candidates import Accepted, CandidateGate
from .channel import Channel, Channels
from .consent import renew_by_sound
from .counts import SoundStats
from .ice_servers import server_side
from .inflow import Inflow
from .lateness import Lateness
from .loopback import gather_loopback
from .receive_pipeline import OnAudio, OnPacket, ReceivePipeline
from .watchdog import MediaWatchdog, PeerState

OnState = Callable[[PeerState, str], None]

_TICK_SECONDS = 0.1
_INFLOW_TICKS = 10
# Most RTP sources (SSRC) of one peer. A browser may change its source now and then; aiortc frees the state of each only
# with the connection.
_MOST_SOURCES = 16
_NO_NETWORK = gettext_noop(
    "The server has no network address that a browser could send audio to. Connect it to a network."
)


class PeerClosedError(WhisperStreamError):
    """The peer was closed while it was being answered."""


class Peer:
    """Answers one offer and delivers the sound that then arrives. Its creator must close it.

    The callbacks are called on the event loop, and may neither wait nor raise. `on_audio` gets Pcm and Gap in order,
    about every 20 ms; `on_packet` gets the Opus packets of this sound. A peer that `shares` is asked to send two
    channels: the microphone, and the sound that its browser shares. `on_state` gets each new PeerState with its
    reason: ice_timeout or connect_failed with failed, no_media with stalled and lost, disconnected or too_much with
    lost. `on_channel` gets the data channel with the label `channel` once the browser has opened it; without a label
    none is taken.

    `ice_seconds`, `warn_seconds` and `park_seconds` are those of MediaWatchdog; `offer_bytes` is the longest offer,
    and `candidate_limit` the most candidates that are checked.
    """

    def __init__(
        self,
        gen: int,
        *,
        on_audio: OnAudio,
        on_state: OnState,
        on_packet: OnPacket | None = None,
        shares: bool = False,
        channel: str = "",
        on_channel: Callable[[Channel], None] | None = None,
        ice_servers: Iterable[Mapping[str, Any]] = (),
        ice_seconds: float = 15,
        warn_seconds: float = 3,
        park_seconds: float = 10,
        offer_bytes: int = offer.MAX_BYTES,
        candidate_limit: int = 20,
        allow_loopback: bool = False,
    ) -> None:
        self.gen = gen
        self._sound = ReceivePipeline(on_audio, on_packet=on_packet, shares=shares)
        self._shares = shares
        self._channels = Channels(channel, on_channel) if channel and on_channel else None
        self._on_state = on_state
        self._offer_bytes = offer_bytes
        self._allow_loopback = allow_loopback
        self._gate = CandidateGate(candidate_limit, allow_loopback=allow_loopback)
        self._early: list[Accepted] = []
        self._redundancy: red_offer.Redundancy | None = None
        self._watchdog = MediaWatchdog(
            ice_seconds=ice_seconds, warn_seconds=warn_seconds, park_seconds=park_seconds
        )
        self._published: tuple[PeerState, str] = ("connecting", "")
        self._negotiating = asyncio.Lock()
        self._answered = False
        self._closing = False
        self._ticker: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()
        self._sources: set[int] = set()
        self._inflow = Inflow()
        self._lateness = Lateness()
        # Without a list aiortc would use a public STUN server.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=server_side(ice_servers)))
        self._connection.on("connectionstatechange", self._connection_changed)

    @property
    def state(self) -> PeerState:
        return self._watchdog.state

    @property
    def heard_at(self) -> float:
        """When the last packet of sound arrived, in monotonic seconds; -inf before the first. A pause counts too."""
        return self._watchdog.heard_at

    @property
    def late_seconds(self) -> float:
        """How much later than usual the last packet was taken."""
        return self._lateness.seconds

    @property
    def paused(self) -> bool:
        return self._sound.paused

    @property
    def stats(self) -> SoundStats:
        return self._sound.stats

    async def answer(self, sdp: str) -> str:
        """Answers the browser's SDP offer; to be called once. Raises offer.OfferError and PeerClosedError.

        All but its sound, and data channels if one is wanted, is refused. It takes up to 5 s when a configured STUN
        server does not reply.
        """
        offer.bound(sdp, self._offer_bytes)
        narrowed = sections.narrow(sdp, with_data=self._channels is not None)
        accepted = offer.accept(narrowed.sdp, self._gate, max_bytes=self._offer_bytes)
        self._redundancy = red_offer.offered(sdp, accepted)
        if self._redundancy is not None:
            accepted = self._redundancy.in_offer(accepted)
        if narrowed.data is not None:
            accepted = narrowed.data.in_offer(accepted)
        async with self._negotiating:
            if self._closing:
                raise PeerClosedError
            try:
                await self._connection.setRemoteDescription(RTCSessionDescription(accepted, "offer"))
            except Exception as error:  # aiortc documents no exception for an SDP that it cannot apply
                raise offer.OfferError("malformed", "The offer could not be applied.") from error
            (receiver,) = self._connection.getReceivers()
            jitter.install(receiver, self._receive)
            reports.guard(receiver)
            renew_by_sound(self._connection, lambda: self.heard_at)
            if self._channels is not None and self._connection.sctp is not None:
                self._channels.install(self._connection.sctp)
            if self._allow_loopback:
                gather_loopback(self._connection)
            self._answered = True
            early, self._early = self._early, []
            for candidate in early:
                await self._add(candidate)
            await self._connection.setLocalDescription()
            if self._closing:
                raise PeerClosedError
            answer = offer.one_fingerprint(str(self._connection.localDescription.sdp))
            if "a=candidate:" not in answer:
                raise offer.OfferError("no_network", _NO_NETWORK)
            if self._redundancy is not None:
                answer = self._redundancy.in_answer(answer)
            if self._shares:
                answer = offer.stereo(answer)
            if narrowed.data is not None:
                answer = narrowed.data.in_answer(answer)
            self._watchdog.answered(time.monotonic())
            self._ticker = asyncio.create_task(self._tick(receiver), name=f"peer-{self.gen}")
            return narrowed.in_answer(answer)

    async def add_candidate(self, line: str | None) -> None:
        """Takes a candidate of the browser, even before the offer was answered. Raises candidates.CandidateError.

        None, the end of candidates, is ignored: ICE would fail at once instead of waiting for the browser.
        """
        if line is None or self._closing:
            return
        candidate = self._gate.check(line)
        if isinstance(candidate, Accepted):
            if self._answered:
                await self._add(candidate)
            else:
                self._early.append(candidate)

    async def connected(self) -> None:
        """Waits until the connection is established; for ever if it never is."""
        await self._connected.wait()

    def pause(self) -> None:
        """Delivers the packets that have arrived, and then nothing until resume()."""
        self._sound.pause()
        self._watchdog.pause()

    def resume(self) -> None:
        """Delivers sound again; the pause leaves no gap."""
        self._sound.resume()
        self._watchdog.resume(time.monotonic())

    async def flush(self) -> None:
        """Delivers every packet that has arrived, without waiting for those before it."""
        self._sound.flush()

    async def close(self) -> None:
        """Closes the connection with its sockets and tasks. Later calls do nothing."""
        self._closing = True
        self._watchdog.close()
        # `answer` opens sockets; closing while it runs would leave some of them open.
        async with self._negotiating:
            if self._ticker is not None:
                self._ticker.cancel()
                await asyncio.wait([self._ticker])
            await self._connection.close()
        self._sound.tally()
        self._publish_state()

    async def _add(self, candidate: Accepted) -> None:
        parsed = candidate_from_sdp(candidate.line)
        parsed.sdpMLineIndex = 0
        await self._connection.addIceCandidate(parsed)

    def _receive(
        self, payload_type: int, ssrc: int, sequence: int, timestamp: int, payload: bytes, /
    ) -> None:
        if self._closing or not self._is_known(ssrc):
            return
        now = time.monotonic()
        self._lateness.take(ssrc, timestamp, now)
        self._watchdog.heard(now)
        self._publish_state()
        packet = jitter.AudioPacket(ssrc, sequence, timestamp, payload, now)
        if self._redundancy is None or payload_type != self._redundancy.number:
            self._sound.add(packet)
            return
        for part in red_payload.unpack(packet, self._redundancy.opus):
            self._sound.add(part)

    def _is_known(self, ssrc: int) -> bool:
        """Whether packets of this source are accepted. A peer with too many sources counts as disconnected."""
        if ssrc not in self._sources:
            if len(self._sources) == _MOST_SOURCES:
                self._watchdog.disconnected()
                self._publish_state()
                return False
            self._sources.add(ssrc)
        return True

    def _connection_changed(self) -> None:
        if self._closing:
            return
        match self._connection.connectionState:
            case "connected":
                self._watchdog.connected(time.monotonic())
                self._connected.set()
            case "failed" | "closed":
                self._sound.flush()
                self._watchdog.disconnected()
        self._publish_state()

    async def _tick(self, receiver: RTCRtpReceiver) -> None:
        for tick in count():
            await asyncio.sleep(_TICK_SECONDS)
            now = time.monotonic()
            self._sound.tick(now)
            self._watchdog.tick(now)
            if tick % _INFLOW_TICKS == 0:
                await self._watch_inflow(receiver, now)
            self._publish_state()

    async def _watch_inflow(self, receiver: RTCRtpReceiver, now: float) -> None:
        self._inflow.observe(now, await receiver.getStats(), self.stats.packets.received)
        if self._inflow.is_too_much:
            self._watchdog.flooded()

    def _publish_state(self) -> None:
        """Reports the state when it has changed."""
        current = (self._watchdog.state, self._watchdog.reason)
        if current != self._published:
            self._published = current
            self._on_state(*current)
