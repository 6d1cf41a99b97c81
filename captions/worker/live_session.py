"""One dictation in an audio worker: joins its peer connections, its transcriber and its watchers."""

import asyncio
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
import structlog
from django.utils.translation import gettext_noop

from .. import messages, metrics
from ..rtc.audio import HOLE_SECONDS, Audio, Gap, Pcm
from ..rtc.candidates import CandidateError
from ..rtc.offer import OfferError
from ..rtc.peer import Peer, PeerClosedError
from ..rtc.watchdog import PeerState
from ..sound.keeper import Track
from ..sound.parts import TICKS_A_MS
from ..speech.endpointing import EndpointSettings
from ..speech.types import SAMPLE_RATE
from ..stretches import Stretch, missing
from ..transcripts.recording import SessionUpdate
from .cancelling import end
from .commands import AddCandidate, Command, Control, Open, Present
from .publisher import Publisher
from .transcriber import Transcriber

log = structlog.get_logger(__name__)

_COMMANDS = 64
_FLUSH_SECONDS = 20.0
_LOST = gettext_noop("The server no longer hears you. What you say now is not being recorded.")
_UNREACHED = gettext_noop(
    "No sound can reach the server over this network. Ask whoever runs it about a TURN server."
)
_NO_SOUND = gettext_noop(
    "From here on the server cannot keep your sound. Your words are written down and saved as before."
)
_MOVED = gettext_noop("The server is restarting. Your dictation goes on in a moment.")
_WAITING = gettext_noop(
    "The last words are kept on the server and will be saved as soon as it reaches its database."
)
_FAILED = gettext_noop("The server failed to do this. Nothing saved is lost.")
_REPLACED = gettext_noop("The connection was replaced by another one.")


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """How long a session may go without this or that, in seconds."""

    session_seconds: float
    silence_seconds: float
    pause_seconds: float
    media_end_seconds: float
    resume_seconds: float
    stop_grace_seconds: float


class LiveSession:
    """Owns the peers of a session and its clock; ends it when it is stopped, left alone or at a limit.

    A new peer (a higher gen) takes over when its first sound arrives; the old one is closed then. The time between
    the last sound of one peer and the first of the next passes on the session's clock as a hole; a pause does not.
    Commands are carried out one after the other by a task of the session's own.
    """

    def __init__(
        self,
        session: str,
        *,
        worker: str,
        transcriber: Transcriber,
        publisher: Publisher,
        touch: Callable[[SessionUpdate], None],
        limits: LiveLimits,
        endpoints: EndpointSettings,
        peer_options: Mapping[str, Any],
        paused: bool,
        resumed: bool,
        on_ended: Callable[["LiveSession"], None],
        sound: Track | None = None,
    ) -> None:
        now = time.monotonic()
        self.id = session
        self._worker = worker
        self._transcriber = transcriber
        self._publisher = publisher
        self._touch = touch
        self._limits = limits
        self._endpoints = endpoints
        self._peer_options = peer_options
        self._on_ended = on_ended
        # Where the packets are kept; None where its person does not want that.
        self._track = sound
        self._log = log.bind(session=session)
        self._paused = paused
        self._peer: Peer | None = None
        self._next: Peer | None = None
        # When the clock was last right. None: it stands still until the first sound.
        self._clock_right_at: float | None = now if resumed and not paused else None
        self._heard_at = self._present_at = self._voice_at = now
        self._filled_for: Peer | None = None
        self._ending = self._all_written = False
        self._closing: set[asyncio.Task[None]] = set()
        self._commands: asyncio.Queue[Command] = asyncio.Queue(_COMMANDS)
        self._task = asyncio.create_task(self._run(), name=f"session-{session}")

    def command(self, command: Command) -> None:
        """Takes a command of a consumer; never waits."""
        if isinstance(command, Present):
            self._present_at = time.monotonic()
            return
        try:
            self._commands.put_nowait(command)
        except asyncio.QueueFull:
            metrics.DROPS.labels("command").inc()

    def heartbeat(self) -> None:
        """Tells the watchers and Postgres that the session is alive."""
        self._publisher.heartbeat(self._worker, self._transcriber.last_seq)
        self._save_clock()

    def tick(self, now: float) -> str | None:
        """Why the session must end now, or None."""
        if self._ending:
            return None
        if self._transcriber.clock_ms >= self._limits.session_seconds * 1000:
            return "limit"
        if now - self._present_at > self._limits.resume_seconds:
            return "lost"
        if self._paused:
            return "silence" if now - self._heard_at > self._limits.pause_seconds else None
        if now - self._heard_at > self._limits.media_end_seconds:
            return "lost"
        if self._transcriber.speaking:
            self._voice_at = now
        return "silence" if now - self._voice_at > self._limits.silence_seconds else None

    def sound_lost(self) -> None:
        """Nothing more of what is said can be kept as sound."""
        self._transcriber.sound_lost()
        if not self._ending:
            self._publisher.tell(messages.error("sound_not_kept", _NO_SOUND))

    async def end(self, reason: str) -> None:
        """Writes the last words, then ends the session for good. Later calls do nothing."""
        if self._ending:
            return
        if reason == "stopped" and self._peer is not None and not self._paused:
            # The last packets are still on their way.
            await asyncio.sleep(self._limits.stop_grace_seconds)
        if not await self._finish():
            return
        self._touch(self._update(ended=True))
        self._on_ended(self)
        self._publisher.tell(self._media("ended", reason))
        self._log.info("session_ended", reason=reason, clock_ms=self._transcriber.clock_ms)
        await self._close()

    async def move(self) -> None:
        """Writes the last words and leaves the session to another worker."""
        if not await self._finish():
            return
        self._save_clock()
        self._on_ended(self)
        self._publisher.tell(messages.error("worker_lost", _MOVED, retryable=True))
        await self._close()

    async def abandon(self) -> None:
        """Leaves the session at once: another worker holds it, or it was deleted."""
        if self._ending:
            return
        self._ending = True
        self._log.warning("session_abandoned")
        await self._transcriber.close()
        self._on_ended(self)
        await self._close()

    async def _finish(self) -> bool:
        """Stops listening and waits until every word is written; False when somebody else already does."""
        if self._ending:
            return False
        if self._peer is not None and not self._paused:
            await self._peer.flush()
        self._ending = True
        self._transcriber.flush()
        self._all_written = await self._transcriber.drained(_FLUSH_SECONDS)
        if not self._all_written:
            self._log.warning("last_words_not_written_yet")
            self._publisher.tell(messages.error("store_away", _WAITING))
        # Before anybody is told of the end: what a transcriber asked for later, nobody would forget.
        await self._transcriber.close()
        return True

    async def _close(self) -> None:
        for peer in (self._next, self._peer):
            if peer is not None:
                await peer.close()
        if self._track is not None:
            self._track.close()
        await self._publisher.close()
        await end([self._task])

    async def _run(self) -> None:
        while not self._ending:
            command = await self._commands.get()
            try:
                await self._obey(command)
            except Exception:
                self._log.exception("command_failed", command=type(command).__name__)
                self._publisher.tell(messages.error("internal", _FAILED, retryable=True))

    async def _obey(self, command: Command) -> None:
        match command:
            case Open():
                await self._open(command)
            case AddCandidate():
                await self._add_candidate(command)
            case Control(action="pause"):
                await self._pause()
            case Control(action="resume"):
                self._resume()
            case Control(action="stop", reason=reason):
                await self.end(reason)

    async def _open(self, command: Open) -> None:
        self._present_at = self._heard_at = time.monotonic()
        self._publisher.taken(command.reply, self._worker)
        self._transcriber.speak_in(command.language)
        self._transcriber.listen_with(command.endpointing.over(self._endpoints), command.vocabulary)
        if self._next is not None:
            await self._next.close()
        peer = Peer(
            command.gen,
            on_audio=partial(self._hear, command.gen),
            on_state=partial(self._peer_changed, command.gen),
            on_packet=partial(self._keep, command.gen) if self._track is not None else None,
            **self._peer_options,
        )
        self._next = peer
        try:
            sdp = await peer.answer(command.sdp)
        except (OfferError, PeerClosedError) as error:
            self._next = None
            await peer.close()
            code, sentence = (
                (error.code, error.message) if isinstance(error, OfferError) else ("offer_failed", _REPLACED)
            )
            self._log.info("offer_refused", code=code, gen=command.gen)
            self._publisher.reply(command.reply, messages.error(code, sentence))
            return
        if self._paused:
            peer.pause()
        self._publisher.reply(command.reply, messages.answer(command.gen, sdp))
        self._publisher.tell(self._media("connecting"))

    async def _add_candidate(self, command: AddCandidate) -> None:
        for peer in (self._next, self._peer):
            if peer is not None and peer.gen == command.gen:
                try:
                    await peer.add_candidate(command.candidate)
                except CandidateError as error:
                    self._log.info("candidate_refused", code=error.code, gen=command.gen)
                    self._publisher.reply(command.reply, messages.error(error.code, error.message))
                return

    async def _pause(self) -> None:
        if self._paused:
            return
        if self._peer is not None:
            await self._peer.flush()
        self._paused = True
        for peer in (self._peer, self._next):
            if peer is not None:
                peer.pause()
        self._transcriber.flush()
        self._clock_right_at = None
        self._save_clock()
        self._publisher.tell(self._media("paused"))

    def _resume(self) -> None:
        if not self._paused:
            return
        self._paused = False
        self._heard_at = self._voice_at = time.monotonic()
        for peer in (self._peer, self._next):
            if peer is not None:
                peer.resume()
        self._save_clock()
        self._publisher.tell(self._media("live" if self._peer is not None else "connecting"))

    def _peer_changed(self, gen: int, state: PeerState, reason: str) -> None:
        """Called by a peer when its state changes."""
        if self._ending:
            return
        peer = self._peer if self._peer is not None and self._peer.gen == gen else self._next
        if peer is None or peer.gen != gen:
            return
        self._log.info("peer", gen=gen, state=state, reason=reason)
        match state:
            case "live":
                if peer is self._next:
                    self._take_over(peer)
                if not self._paused:
                    self._publisher.tell(self._media("live"))
            case "stalled":
                self._transcriber.flush()
                self._publisher.tell(self._media("stalled"))
            case "lost" | "failed":
                self._drop(peer, reason)
            case _:
                pass

    def _take_over(self, peer: Peer) -> None:
        old, self._peer, self._next = self._peer, peer, None
        if old is not None:
            self._close_later(old)

    def _close_later(self, peer: Peer) -> None:
        task = asyncio.create_task(peer.close(), name=f"close-{self.id}-{peer.gen}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _drop(self, peer: Peer, reason: str) -> None:
        if peer is self._peer:
            self._peer = None
            self._transcriber.flush()
            self._publisher.tell(self._media("stalled", "lost"))
        else:
            self._next = None
        self._close_later(peer)
        code = "ice_timeout" if reason in ("ice_timeout", "connect_failed") else "media_lost"
        sentence = _UNREACHED if code == "ice_timeout" else _LOST
        self._publisher.tell(messages.error(code, sentence, retryable=True))

    def _hear(self, gen: int, audio: Audio) -> None:
        """Called by a peer for every bit of sound."""
        if self._paused or self._ending or self._peer is None or self._peer.gen != gen:
            return
        now = time.monotonic()
        self._heard_at = now
        match audio:
            case Pcm(samples=samples):
                self._fill_hole(now, samples.size)
                self._transcriber.push(samples)
            case Gap(samples=hole):
                self._transcriber.skip(hole)
        self._clock_right_at = now

    def _keep(self, gen: int, payload: bytes, ticks: int) -> None:
        """Called by a peer for every packet, when its sound has been heard."""
        if self._paused or self._ending or self._peer is None or self._peer.gen != gen:
            return
        if self._track is not None:
            self._track.put(payload, self._transcriber.clock_ms * TICKS_A_MS - ticks, ticks)

    def _fill_hole(self, now: float, coming: int) -> None:
        """Lets the time since the last peer's sound pass on the clock."""
        if self._filled_for is self._peer:
            return
        self._filled_for = self._peer
        if self._clock_right_at is None:
            return
        hole = int((now - self._clock_right_at) * SAMPLE_RATE) - coming
        if hole >= HOLE_SECONDS * SAMPLE_RATE:
            self._transcriber.skip(hole)
        elif hole > 0:
            self._transcriber.push(np.zeros(hole, np.int16))

    def _media(self, state: messages.MediaState, reason: str = "") -> dict[str, Any]:
        newest = self._next or self._peer
        gen = newest.gen if newest is not None else 0
        return messages.media(state, gen=gen, clock_ms=self._transcriber.clock_ms, reason=reason)

    def _save_clock(self) -> None:
        self._touch(self._update())

    def _update(self, *, ended: bool = False) -> SessionUpdate:
        now = datetime.now(UTC)
        right_at = None
        if self._clock_right_at is not None and not ended:
            right_at = now - timedelta(seconds=time.monotonic() - self._clock_right_at)
        return SessionUpdate(
            session_id=uuid.UUID(self.id),
            clock_ms=self._transcriber.clock_ms,
            clock_at=right_at,
            paused=self._paused,
            ended_at=now if ended else None,
            settled_ms=self._transcriber.clock_ms if self._all_written else self._transcriber.settled_ms,
            undecoded=self._undecoded(ended=ended),
        )

    def _undecoded(self, *, ended: bool) -> tuple[Stretch, ...]:
        """What somebody else must look for in the sound, where it is kept."""
        undecoded = self._transcriber.take_undecoded()
        left = missing(self._transcriber.decoded_ms, 0, self._transcriber.clock_ms)
        # Nobody takes the session over who would note it.
        return (*undecoded, left) if ended and left and not self._all_written else undecoded
