"""One live session in an audio worker: connects its peers, clock, transcriber, recording and publisher."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Literal

import structlog

from ...protocol import messages
from ...protocol.commands import (
    SECOND,
    AddCandidate,
    Attach,
    Command,
    Control,
    Open,
    OpenFeed,
    Present,
    Say,
)
from ...protocol.feed_frames import Listen
from ...recordings.audio_recorder import Track
from ...speech.endpointing import EndpointSettings
from ...transcripts.final_writer import SessionUpdate
from ...webrtc.audio import AudioChunk
from ...webrtc.candidates import CandidateError
from ...webrtc.offer import OfferError
from ...webrtc.peer import PeerClosedError
from . import sentences
from .call_talk import CallTalk
from .command_queue import CommandQueue
from .devices import Devices, DeviceSetup, mode_of
from .feed import Feed
from .packet_feed import FRESH_SECONDS, MOST_LATE_SECONDS, PacketFeed
from .page_talk import PageTalk
from .peer_slots import PeerSlots
from .publisher import Publisher
from .second_device import SecondDevice
from .session_clock import SessionClock
from .session_limits import LiveLimits, Signs
from .session_record import SessionRecord
from .sound_path import SoundPath
from .sound_port import Serve
from .talk import Talker
from .transcribers import Transcribers
from .translator import Translator

log = structlog.get_logger(__name__)

# How long the end of a session waits for its last words, which are found in its recording if that is too short; and how
# long a program waits for them, which has no recording and comes after those who speak.
_FLUSH_SECONDS = 20.0
_PROGRAM_SECONDS = 60.0
# A feed's sound waits once so much of it was pushed since the decode that is running was requested, or once so many
# pieces of speech wait for their decodes. More is heard with fewer decodes; less has its text sooner.
_AHEAD_MS = 4_000
_MOST_UNFINISHED = 3
# A feed is the only source of its session.
_FED_GEN = 1
# What a page's packets have in common with its peers.
_FEED_OPTIONS = ("ice_seconds", "warn_seconds", "park_seconds")


class LiveSession:
    """Passes the sound of the current peer to the transcriber, and publishes state and errors to the browsers.

    The session ends when it is stopped or reaches one of its `limits`. Its clock runs on between the last sound of
    one peer and the first of the next, and stands still during a pause. `resumed` says that another worker has held
    the session before, `continuations` how often it was continued; `on_ended` is called once, when this worker no
    longer holds it. `discard` is awaited at the end of a session in which nothing was said: it deletes the session and
    returns True, unless its user has added something. It is None where an earlier worker may have heard words. `share`
    is called with whether its browser shares sound, and returns False if there is no room for that.
    `translator` is None where the model cannot translate; what waits for it at the end is translated after that.
    `expect` is called with a ticket and what serves the connection that shows it, and returns where it must come.
    """

    def __init__(
        self,
        session: str,
        *,
        worker: str,
        transcriber: Transcribers,
        publisher: Publisher,
        touch: Callable[[SessionUpdate], None],
        limits: LiveLimits,
        endpoints: EndpointSettings,
        peer_options: Mapping[str, Any],
        paused: bool,
        resumed: bool,
        continuations: int,
        on_ended: Callable[["LiveSession"], None],
        discard: Callable[[], Awaitable[bool]] | None,
        share: Callable[[bool], bool],
        expect: Callable[[str, Serve], str],
        sound: Track | None = None,
        translator: Translator | None = None,
        devices: DeviceSetup | None = None,
    ) -> None:
        now = time.monotonic()
        self.id = session
        self.closed = asyncio.Event()
        """Set once everything of it is closed, after `on_ended`."""
        self._worker = worker
        self._transcriber = transcriber
        self._publisher = publisher
        self._limits = limits
        self._signs = Signs(now, now, now)
        self._endpoints = endpoints
        self._on_ended = on_ended
        self._discard = discard
        self._share = share
        self._expect = expect
        # None where the user does not want the sound kept.
        self._track = sound
        self._translator = translator
        self._clock = SessionClock(now if resumed and not paused else None)
        self._record = SessionRecord(
            session, transcriber=transcriber, clock=self._clock, touch=touch, continuations=continuations
        )
        self._path = SoundPath(transcriber, self._clock, sound)
        self._devices = Devices(self._path, devices or DeviceSetup(), self._record.note_devices)
        self._peers = PeerSlots(
            session,
            peer_options,
            on_audio=self._hear,
            on_packet=self._devices.keep if sound is not None else None,
            on_live=self._live,
            on_stalled=self._stalled,
            on_gone=self._gone,
            on_joined=self._devices.joined,
            paused=paused,
        )
        self._second = SecondDevice(
            session,
            peer_options,
            self._devices,
            publisher,
            clock_ms=lambda: self._transcriber.clock_ms,
            heard=self._second_heard,
            silent=self._fall_silent,
            free=self._second_left,
            paused=paused,
        )
        self._shares = False
        self._resumed = resumed
        self._peer_options = peer_options
        self._presence: Literal["socket", "media"] = "socket"
        self._ending = False
        self._is_fed = False
        self._is_call = False
        self._talker: Talker | None = None
        self._commands = CommandQueue(session, self._obey, self._failed)
        self._log = log.bind(session=session)

    def command(self, command: Command) -> None:
        """Takes a command of a consumer; never waits."""
        if isinstance(command, Present):
            self._signs.present_at = time.monotonic()
        else:
            self._commands.put(command)

    def heartbeat(self) -> None:
        """Reports to the browsers and to Postgres that the session is alive."""
        self._publisher.heartbeat(self._worker, self._transcriber.last_seq, self._transcriber.settled_ms)
        if not self._ending:
            self._save()

    def tick(self, now: float) -> str | None:
        """The reason why the session must end now, or None if it goes on."""
        if self._ending:
            return None
        if self._transcriber.speaking:
            self._signs.voice_at = now
        if self._presence == "media":
            heard_at = max(self._peers.heard_at, self._second.heard_at)
            self._signs.present_at = max(self._signs.present_at, heard_at)
        return self._limits.why_over(
            now, self._signs, clock_ms=self._transcriber.clock_ms, paused=self._peers.paused
        )

    def sound_changed(self, is_kept: bool) -> None:
        """Reports that the sound can no longer be recorded, or again; the transcription goes on."""
        self._transcriber.sound_changed(is_kept)
        if not self._ending:
            said = messages.sound_kept() if is_kept else messages.error("sound_not_kept", sentences.NO_SOUND)
            self._publisher.publish(said)

    async def end(self, reason: str) -> None:
        """Saves the open utterance, then ends the session for good. Later calls do nothing."""
        if self._ending:
            return
        hears = (self._peers.hears or self._second.hears) and not (self._peers.paused or self._is_fed)
        if reason == "stopped" and hears:
            # The last packets are still in the network.
            await asyncio.sleep(self._limits.stop_grace_seconds)
        is_waited_for = self._is_fed and reason == "stopped"
        if not await self._finish(_PROGRAM_SECONDS if is_waited_for else _FLUSH_SECONDS):
            return
        self._save(ended=True)
        # Where its page was away, that may have recorded words and deliver them later.
        discard = self._discard if self._record.is_wordless and reason != "lost" else None
        kept = discard is None or not await discard()
        self._on_ended(self)
        self._publish_state("ended", reason, kept=kept)
        self._log.info("session_ended", reason=reason, clock_ms=self._transcriber.clock_ms, kept=kept)
        await self._close()

    @property
    def is_kept(self) -> bool:
        """Whether the sound that arrives now is recorded, so that nothing is lost while it is not transcribed."""
        return (
            self._track is not None
            and self._track.is_kept
            and (self._peers.is_live or self._second.is_live)
            and not (self._peers.paused or self._is_fed or self._is_call)
        )

    async def hand_over(self) -> None:
        """Sends its browser to another worker, then saves the open utterance: what is said from now on is not heard.

        A feed and a call end: their client comes again.
        """
        if self._ending:
            return
        if self._is_fed or self._is_call:
            await self.end("server")
            return
        self._save()
        self._publisher.publish(messages.error("worker_leaves", sentences.MOVED, retryable=True))
        if await self._finish(_FLUSH_SECONDS):
            # By now its clock may be that of another worker.
            self._record.save_written()
            self._on_ended(self)
            await self._close()

    async def move(self) -> None:
        """Saves the open utterance, then sends its browser to another worker. What is said meanwhile is recorded."""
        if not await self._finish(_FLUSH_SECONDS, records=True):
            return
        self._peers.mute()
        self._second.mute()
        self._devices.flush(time.monotonic())
        self._path.skip_unheard()
        self._save()
        self._on_ended(self)
        self._publisher.publish(messages.error("worker_leaves", sentences.MOVED, retryable=True))
        await self._close()

    async def abandon(self) -> None:
        """Leaves the session at once and saves nothing: another worker holds it, or it was deleted."""
        if self._ending:
            return
        self._stop_hearing()
        self._log.warning("session_abandoned")
        await self._transcriber.close()
        if self._translator is not None:
            await self._translator.close()
        self._on_ended(self)
        await self._close()

    async def _finish(self, seconds: float, *, records: bool = False) -> bool:
        """Stops listening and waits until every utterance is saved, at most for `seconds`; False when another call
        already does.

        With `records`, what arrives until the peers are muted is still recorded.
        """
        if self._ending:
            return False
        if not self._peers.paused:
            await self._flush_devices()
        self._stop_hearing(records=records)
        self._transcriber.flush()
        self._record.finish(all_written=await self._transcriber.drained(seconds))
        if not self._record.all_written:
            self._log.warning("last_words_not_written_yet")
            self._publisher.publish(messages.error("store_away", sentences.WAITING))
        # Before `_on_ended`, which drops the session's decodes: nothing would drop one that was requested later.
        await self._transcriber.close()
        return True

    def _stop_hearing(self, *, records: bool = False) -> None:
        self._ending = True
        self._path.stop()
        if not records:
            self._peers.mute()
            self._second.mute()
        self._commands.stop()

    async def _close(self) -> None:
        if self._talker is not None:
            await self._talker.close()
        await self._peers.close()
        await self._second.close()
        if self._track is not None:
            self._track.close()
        if self._translator is not None:
            await self._translator.finish(_FLUSH_SECONDS)
        await self._publisher.close()
        self.closed.set()
        await self._commands.close()

    async def _obey(self, command: Command) -> None:
        match command:
            case Open(source=source) if source == SECOND:
                await self._open_second(command)
            case AddCandidate(source=source) if source == SECOND:
                await self._second.add_candidate(command)
            case Control(source=source) if source == SECOND:
                await self._second.control(command)
            case Open():
                await self._open(command)
            case OpenFeed():
                self._open_feed(command)
            case AddCandidate():
                await self._add_candidate(command)
            case Say() | Attach() if self._talker is not None:
                self._talker.take(command)
            case Control(action="pause"):
                await self._pause()
            case Control(action="resume"):
                self._resume()
            case Control(action="mode"):
                self._change_mode(command)
            case Control(action="stop", reason=reason):
                await self.end(reason)

    def _failed(self) -> None:
        self._publisher.publish(messages.error("internal", sentences.FAILED, retryable=True))

    async def _open(self, command: Open) -> None:
        self._publisher.taken(command.reply, self._worker)
        if command.unless_heard and self._peers.is_live:
            self._publisher.reply(command.reply, messages.error("heard", sentences.HEARD))
            return
        self._signs.present_at = self._signs.heard_at = time.monotonic()
        if command.shared and self._second.is_there:
            self._publisher.reply(command.reply, messages.error("no_room_to_share", sentences.TWO_DEVICES))
            return
        if not self._share(command.shared or self._takes_two):
            self._publisher.reply(command.reply, messages.error("no_room_to_share", sentences.NO_ROOM))
            return
        self._shares = command.shared
        self._listen_as(command)
        if command.ticket:
            await self._open_packets(command)
            return
        talker = await self._talking(command)
        channel = {"channel": command.channel, "on_channel": talker.connected} if talker else {}
        try:
            sdp = await self._peers.answer(command.gen, command.sdp, shares=command.shared, **channel)
        except (OfferError, PeerClosedError) as error:
            code, sentence = (
                (error.code, error.message)
                if isinstance(error, OfferError)
                else ("offer_failed", sentences.REPLACED)
            )
            self._log.info("offer_refused", code=code, gen=command.gen)
            self._publisher.reply(command.reply, messages.error(code, sentence))
            return
        self._presence = command.presence
        self._publisher.reply(command.reply, messages.answer(command.gen, sdp))
        self._publish_state("connecting")

    async def _open_second(self, command: Open) -> None:
        self._publisher.taken(command.reply, self._worker)
        self._signs.present_at = self._signs.heard_at = time.monotonic()
        if self._is_fed or self._is_call or command.ticket or not self._devices.can_join:
            self._second.refuse(command.reply, "offer_failed", sentences.REPLACED)
        elif self._shares or command.shared:
            self._second.refuse(command.reply, "shares", sentences.SHARES)
        elif not self._share(self._devices.mode == "separate"):
            self._second.refuse(command.reply, "no_room_to_share", sentences.NO_ROOM)
        else:
            self._listen_as(command)
            await self._second.open(command)

    def _listen_as(self, command: Open) -> None:
        hops = command.call.usual.hops if command.call else 0
        self._listen(Listen(command.language, command.endpointing, command.vocabulary, hops=hops))
        if self._translator is not None:
            self._translator.is_on = command.translate
        self._transcriber.obey(command.commands and command.kept)
        self._transcriber.clean(command.cleaning)

    def _change_mode(self, command: Control) -> None:
        """Hears two devices as `reason` says."""
        mode = mode_of(command.reason)
        if mode is None:
            return
        if self._second.is_there and not self._share(mode == "separate"):
            # Whoever has chosen it looks there for what is heard.
            self._devices.note_mode()
            return
        self._devices.change(mode, time.monotonic())

    @property
    def _takes_two(self) -> bool:
        """Whether a second device is transcribed apart."""
        return self._second.is_there and self._devices.mode == "separate"

    def _second_heard(self) -> None:
        self._signs.heard_at = time.monotonic()

    def _second_left(self) -> None:
        self._share(self._shares)

    async def _flush_devices(self) -> None:
        """Passes on all that has arrived."""
        await self._peers.flush()
        await self._second.flush()
        self._devices.flush(time.monotonic())

    async def _talking(self, command: Open) -> Talker | None:
        """What speaks over the data channel of this offer; a page goes on with what spoke before."""
        if self._is_fed:
            return None
        if isinstance(self._talker, PageTalk) and command.call is None:
            return self._talker if command.channel else None
        if self._talker is not None:
            await self._talker.close()
        self._is_call = command.call is not None
        self._talker = None
        if command.call is not None:
            self._talker = CallTalk(
                self.id,
                command.call,
                clock_ms=lambda: self._transcriber.clock_ms,
                listen=self._listen,
                flush=self._flush_call,
                reply=self._publisher.reply,
            )
        elif command.channel:
            self._talker = PageTalk(self.id, self._commands.put)
        self._publisher.on_published = self._talker.tell if self._talker else None
        return self._talker

    async def _open_packets(self, command: Open) -> None:
        if self._is_fed or self._is_call:
            self._publisher.reply(command.reply, messages.error("offer_failed", sentences.REPLACED))
            return
        gen = command.gen
        # Of sound that another worker may have heard, only what is said now is taken: the rest is recovered.
        is_known = self._peers.was_heard or not self._resumed
        options = {name: self._peer_options[name] for name in _FEED_OPTIONS if name in self._peer_options}
        feed = PacketFeed(
            self.id,
            gen,
            command.clock,
            on_audio=partial(self._peers.audio, gen),
            on_packet=partial(self._peers.packet, gen) if self._track is not None else None,
            on_state=partial(self._peers.changed, gen),
            heard=partial(self._heard, gen),
            is_behind=partial(self._transcriber.is_behind, _AHEAD_MS, _MOST_UNFINISHED),
            shares=command.shared,
            most_late_seconds=MOST_LATE_SECONDS if is_known else FRESH_SECONDS,
            **options,
        )
        await self._peers.expect(feed)
        self._publisher.reply(command.reply, messages.feed(self._expect(command.ticket, feed.serve)))
        self._publish_state("connecting")

    def _heard(self, gen: int) -> int | None:
        """Where the clock is with the sound of a packet feed; None while that is not heard."""
        return self._transcriber.clock_ms if self._peers.current_gen == gen else None

    def _open_feed(self, command: OpenFeed) -> None:
        self._publisher.taken(command.reply, self._worker)
        if self._peers.hears:
            self._publisher.reply(command.reply, messages.error("offer_failed", sentences.REPLACED))
            return
        self._listen(Listen(command.language, command.endpointing, command.vocabulary, hops=command.hops))
        feed = Feed(
            self.id,
            _FED_GEN,
            on_audio=partial(self._peers.audio, _FED_GEN),
            on_packet=partial(self._peers.packet, _FED_GEN) if self._track is not None else None,
            on_alive=self._alive,
            on_listen=self._listen,
            on_flush=self._flush,
            on_end=self._feed_ended,
            on_pace=self._transcriber.be_patient,
            is_behind=partial(self._transcriber.is_behind, _AHEAD_MS, _MOST_UNFINISHED),
        )
        self._is_fed = True
        self._peers.adopt(feed)
        self._publisher.on_published = feed.tell
        self._alive()
        self._publisher.reply(command.reply, messages.feed(self._expect(command.ticket, feed.serve)))
        self._publish_state("live")

    def _listen(self, listen: Listen) -> None:
        self._transcriber.speak_in(listen.language)
        self._transcriber.listen_with(
            listen.endpointing.apply(self._endpoints), listen.vocabulary, listen.hops
        )
        if listen.prompt:
            self._transcriber.go_on_from(listen.prompt)

    def _alive(self) -> None:
        self._signs.present_at = self._signs.heard_at = time.monotonic()

    async def _flush(self) -> None:
        """Waits until all that was said is told."""
        self._transcriber.flush()
        if not await self._transcriber.drained(_PROGRAM_SECONDS):
            self._log.warning("flush_too_long")

    async def _flush_call(self) -> None:
        """As `_flush`, while sound goes on arriving."""
        await self._peers.flush()
        self._transcriber.flush()
        if not await self._transcriber.told(_FLUSH_SECONDS):
            self._log.warning("flush_too_long")

    async def _feed_ended(self, asked: bool) -> None:
        await self.end("stopped" if asked else "lost")

    async def _add_candidate(self, command: AddCandidate) -> None:
        try:
            await self._peers.add_candidate(command.gen, command.candidate)
        except CandidateError as error:
            self._log.info("candidate_refused", code=error.code, gen=command.gen)
            self._publisher.reply(command.reply, messages.error(error.code, error.message))

    async def _pause(self) -> None:
        if self._peers.paused:
            return
        await self._flush_devices()
        self._peers.pause()
        await self._second.pause()
        self._devices.pause(time.monotonic())
        self._transcriber.flush()
        self._clock.stop()
        self._save()
        self._publish_state("paused")

    def _resume(self) -> None:
        if not self._peers.paused:
            return
        now = self._signs.heard_at = self._signs.voice_at = time.monotonic()
        # Until its sound arrives, what is said is missed.
        self._clock.heard(now)
        self._peers.resume()
        self._second.resume()
        self._save()
        self._publish_state("live" if self._peers.hears else "connecting")

    def _live(self) -> None:
        if not self._peers.paused:
            self._publish_state("live", continues=self._peers.whole_since)

    def _stalled(self) -> None:
        self._fall_silent()
        self._publish_state("stalled")

    def _gone(self, was_heard: bool, reason: str) -> None:
        if was_heard:
            self._fall_silent()
            self._publish_state("stalled", "lost")
        if self._is_call:
            # Its program cannot connect again.
            self._commands.put(Control(self.id, "stop", "", "lost"))
            return
        code, sentence = sentences.GONE.get(reason, ("media_lost", sentences.LOST))
        self._publisher.publish(messages.error(code, sentence, retryable=True))

    def _fall_silent(self) -> None:
        """Ends the open utterances, unless the other device carries the session on."""
        if not (self._peers.is_live or self._second.is_live):
            self._devices.flush(time.monotonic())
            self._transcriber.flush()

    def _hear(self, gen: int, audio: AudioChunk) -> None:
        self._signs.heard_at = now = time.monotonic()
        self._devices.hear(gen, audio, now, self._peers.late_seconds)

    def _publish_state(
        self, state: messages.MediaState, reason: str = "", *, kept: bool = True, continues: int = 0
    ) -> None:
        # A peer that is tried says nothing of the one that is heard.
        is_new = state == "connecting" or not self._peers.hears
        gen = self._peers.newest_gen if is_new else self._peers.current_gen
        clock_ms = self._transcriber.clock_ms
        if state == "live":
            # Its first sound has yet to pass, and what is missing before it.
            clock_ms = self._clock.reading(clock_ms, time.monotonic())
        told = messages.media(
            state, gen=gen, clock_ms=clock_ms, reason=reason, kept=kept, continues=continues
        )
        self._publisher.publish(told)

    def _save(self, *, ended: bool = False) -> None:
        self._record.save(paused=self._peers.paused, ended=ended)
