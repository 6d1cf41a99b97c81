"""The second device of a session: its connections, and what is said of them."""

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from ...protocol import messages
from ...protocol.commands import SECOND, AddCandidate, Control, Open
from ...webrtc.audio import AudioChunk
from ...webrtc.candidates import CandidateError
from ...webrtc.offer import OfferError
from ...webrtc.peer import PeerClosedError
from . import sentences
from .devices import Devices
from .peer_slots import PeerSlots
from .publisher import Publisher

log = structlog.get_logger(__name__)


class SecondDevice:
    """Passes its sound to `devices`, and what becomes of it to the pages of the session.

    It joins with its first sound, and leaves when it is stopped or lost; the session goes on either way. `heard` is
    called with each sound, `silent` when no more comes for now, and `free` when it has left.
    """

    def __init__(
        self,
        session: str,
        peer_options: Mapping[str, Any],
        devices: Devices,
        publisher: Publisher,
        *,
        clock_ms: Callable[[], int],
        heard: Callable[[], None],
        silent: Callable[[], None],
        free: Callable[[], None],
        paused: bool,
    ) -> None:
        self._devices = devices
        self._publisher = publisher
        self._clock_ms = clock_ms
        self._heard = heard
        self._silent = silent
        self._free = free
        # The session as a whole may be paused, or this device alone.
        self._is_paused = paused
        self._is_muted = False
        self._peers = PeerSlots(
            session,
            peer_options,
            on_audio=self._hear,
            on_packet=None,
            on_live=self._live,
            on_stalled=self._stalled,
            on_gone=self._gone,
            paused=paused,
        )
        self._log = log.bind(session=session)

    @property
    def is_there(self) -> bool:
        """Whether it is heard, or connecting."""
        return self._peers.newest_gen > 0

    @property
    def is_live(self) -> bool:
        return self._peers.is_live

    @property
    def hears(self) -> bool:
        return self._peers.hears and not self._peers.paused

    @property
    def heard_at(self) -> float:
        return self._peers.heard_at

    async def open(self, command: Open) -> None:
        """Answers an offer of it."""
        try:
            sdp = await self._peers.answer(command.gen, command.sdp)
        except (OfferError, PeerClosedError) as error:
            code, sentence = (
                (error.code, error.message)
                if isinstance(error, OfferError)
                else ("offer_failed", sentences.REPLACED)
            )
            self._log.info("offer_refused", code=code, gen=command.gen, source=SECOND)
            self.refuse(command.reply, code, sentence)
            return
        self._publisher.reply(command.reply, messages.answer(command.gen, sdp, source=SECOND))
        self._tell("connecting")

    def refuse(self, reply: str, code: str, sentence: str) -> None:
        self._publisher.reply(reply, messages.error(code, sentence, source=SECOND))
        if not self.is_there:
            self._free()

    async def add_candidate(self, command: AddCandidate) -> None:
        try:
            await self._peers.add_candidate(command.gen, command.candidate)
        except CandidateError as error:
            self._log.info("candidate_refused", code=error.code, gen=command.gen, source=SECOND)
            said = messages.error(error.code, error.message, source=SECOND)
            self._publisher.reply(command.reply, said)

    async def control(self, command: Control) -> None:
        """Mutes it, lets it be heard again, or takes it out."""
        match command.action:
            case "pause" if not self._is_muted:
                self._is_muted = True
                await self._pause()
                self._tell("paused")
            case "resume" if self._is_muted:
                self._is_muted = False
                self._resume()
                self._tell("live" if self._peers.hears else "connecting")
            case "stop" if self.is_there:
                await self._leave(command.reason)
            case _:
                pass

    async def flush(self) -> None:
        if not self._peers.paused:
            await self._peers.flush()

    async def pause(self) -> None:
        """The session is paused as a whole."""
        self._is_paused = True
        await self._pause()

    def resume(self) -> None:
        self._is_paused = False
        self._resume()

    def mute(self) -> None:
        """Calls nothing any more: the session ends."""
        self._peers.mute()

    async def close(self) -> None:
        await self._peers.close()

    async def _pause(self) -> None:
        await self.flush()
        self._peers.pause()

    def _resume(self) -> None:
        if not (self._is_paused or self._is_muted):
            self._peers.resume()

    async def _leave(self, reason: str) -> None:
        await self.flush()
        gen = self._peers.newest_gen
        self._devices.leave(time.monotonic())
        await self._peers.leave()
        self._is_muted = False
        self._resume()
        self._tell("ended", reason, gen=gen)
        self._free()

    def _hear(self, gen: int, audio: AudioChunk) -> None:
        self._heard()
        self._devices.hear_second(gen, audio, time.monotonic())

    def _live(self) -> None:
        if not self._peers.paused:
            self._tell("live")

    def _stalled(self) -> None:
        self._silent()
        self._tell("stalled")

    def _gone(self, was_heard: bool, reason: str) -> None:
        if was_heard:
            self._silent()
            self._devices.leave(time.monotonic())
            self._tell("stalled", "lost")
        if not self.is_there:
            self._free()
        code, sentence = sentences.GONE.get(reason, ("media_lost", sentences.LOST))
        self._publisher.publish(messages.error(code, sentence, retryable=True, source=SECOND))

    def _tell(self, state: messages.MediaState, reason: str = "", *, gen: int = 0) -> None:
        is_new = state == "connecting" or not self._peers.hears
        gen = gen or (self._peers.newest_gen if is_new else self._peers.current_gen)
        said = messages.media(state, gen=gen, clock_ms=self._clock_ms(), reason=reason, source=SECOND)
        self._publisher.publish(said)
