"""The audio worker's process: takes sessions while it has room, keeps them alive, and drains when it must stop."""

import asyncio
import os
import secrets
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import structlog
from django.db import DatabaseError
from redis import RedisError

from ... import metrics
from ...asr.engine.realtime.stream import Streams
from ...asr.process.recogniser import Recogniser
from ...core.cancellation import cancel_and_wait
from ...core.translating import can_translate
from ...models import Session
from ...protocol import commands, registry
from ...protocol.commands import Control, Open, OpenFeed
from ...protocol.registry import Registry, WorkerState
from ...recordings.audio_recorder import AudioRecorder, Track
from ...speech.endpointing import EndpointSettings
from ...speech.listener import Listener
from ...speech.live_settings import LiveSettings
from ...speech.types import SAMPLES_PER_MS
from ...speech.vad import VadModel
from ...transcripts.final_writer import FinalRecord, FinalWriter, Rejection
from . import session_rows
from .devices import DeviceSetup
from .live_session import LiveSession
from .no_store import NoStore, Store
from .publisher import Publisher
from .session_limits import LiveLimits
from .sound_port import SoundPort
from .transcriber import Transcriber, queue_name
from .transcribers import Save, Transcribers
from .translator import Translator

log = structlog.get_logger(__name__)

_TICK_SECONDS = 0.5
_RETRY_SECONDS = 1.0
_LAG_SECONDS = 0.1
_LEAVE_SECONDS = 5.0
# The spoken commands that do what buttons of a page do.
_CONTROLS: dict[str, Literal["pause", "resume", "stop"]] = {
    "pause": "pause",
    "resume": "resume",
    "stop": "stop",
}


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """How an audio worker behaves: the settings of the process."""

    sessions: int
    """Most sessions at once, at least 0; 0 means as many as the recogniser was calibrated to serve."""
    heartbeat_seconds: float
    """Time between two heartbeats. It must stay well below HEARTBEAT_LOST_SECONDS; longer means less traffic."""
    drain_seconds: float
    """Longest time to finish the open utterances when the worker stops; after it, sessions are abandoned."""
    endpoints: EndpointSettings
    """The endpointing of sessions that do not ask for another one."""
    live: LiveSettings
    """How live text is made."""
    limits: LiveLimits
    """When a session ends by itself."""
    peer_options: dict[str, Any]
    """Keyword arguments for each `webrtc.peer.Peer`: ICE servers, time-outs and limits."""


def make_name() -> str:
    """A unique name for a worker, which is also a valid name of a channel of the channel layer."""
    host = "".join(c if c.isalnum() else "-" for c in socket.gethostname())[:40]
    return f"{commands.SHARED_CHANNEL}.{host}.{os.getpid()}.{secrets.token_hex(3)}"


class AudioWorker:
    """Runs live sessions with one recogniser, one final writer and one audio recorder. `run` returns after `stop`.

    `recover` is called in a thread after a session whose sound is kept was taken over from another worker: it
    transcribes the gap that the other worker left.
    """

    def __init__(
        self,
        config: WorkerConfig,
        *,
        name: str,
        layer: Any,
        registry: Registry,
        recogniser: Recogniser,
        final_writer: FinalWriter,
        vad: VadModel,
        sound_port: SoundPort,
        audio_recorder: AudioRecorder | None = None,
        streams: Streams | None = None,
        recover: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self._config = config
        self._layer = layer
        self._registry = registry
        self._recogniser = recogniser
        self._final_writer = final_writer
        self._vad = vad
        self._sound_port = sound_port
        self._audio_recorder = audio_recorder
        self._recover = recover
        self._streams = streams
        self._sessions: dict[str, LiveSession] = {}
        self._transcribers: dict[str, Transcribers] = {}
        # The sessions that share sound, which take as much of the recogniser as two.
        self._sharing: set[str] = set()
        self._opening: set[str] = set()
        self._draining = False
        # The sessions that are another worker's to hold, while their last words are written here.
        self._handed_over: set[str] = set()
        self._stop = asyncio.Event()
        self._room_change_waiter: asyncio.Future[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        # Sessions that have ended, until everything of them is closed.
        self._leaving: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()

    def stop(self) -> None:
        """Asks `run` to drain and return."""
        self._stop.set()

    async def run(self) -> None:
        await self._sound_port.start()
        await self._recogniser.start()
        loops = [
            asyncio.create_task(loop)
            for loop in (
                self._listen_for_sessions(),
                self._listen_for_commands(),
                self._beat(),
                self._watch_sessions(),
                self._measure_lag(),
            )
        ]
        log.info("worker_started", worker=self.name)
        stopped = asyncio.create_task(self._stop.wait())
        try:
            done, _ = await asyncio.wait([stopped, *loops], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopped}:
                task.result()
            await self._drain()
        finally:
            for session in list(self._sessions.values()):
                await session.abandon()
            await self._sound_port.close()
            if self._leaving:
                await asyncio.wait(self._leaving, timeout=_LEAVE_SECONDS)
            await cancel_and_wait([stopped, *loops, *self._tasks, *self._leaving])
            await self._recogniser.close()
            await self._attempt(self._registry.leave(self.name))
            await self._registry.close()
            log.info("worker_stopped", worker=self.name)

    def saved(self, record: FinalRecord, seq: int) -> None:
        """Reports that a final is in Postgres. For the final writer, which calls it in its own thread."""
        self._loop.call_soon_threadsafe(self._saved, record, seq)

    def rejected(self, record: FinalRecord, reason: Rejection) -> None:
        """Reports that a final can never be saved. For the final writer, which calls it in its own thread."""
        self._loop.call_soon_threadsafe(self._rejected, record, reason)

    def room_changed(self) -> None:
        """Reports that the number of free places may have changed."""
        if self._room_change_waiter is not None and not self._room_change_waiter.done():
            self._room_change_waiter.set_result(None)

    @property
    def _room(self) -> int:
        state = self._recogniser.state
        if self._draining or state.phase != "ready" or self._recogniser.overloaded:
            return 0
        places = self._config.sessions or state.places
        return max(0, places - len(self._sessions) - len(self._opening) - len(self._sharing))

    def _room_change(self) -> asyncio.Future[None]:
        """A future that is done when the number of free places may have changed; for one waiter."""
        if self._room_change_waiter is None or self._room_change_waiter.done():
            self._room_change_waiter = self._loop.create_future()
        return self._room_change_waiter

    async def _listen_for_sessions(self) -> None:
        """Takes offers from the shared channel while there is room for another session, and leaves them there else."""
        while True:
            receiving = asyncio.create_task(self._receive(commands.SHARED_CHANNEL))
            try:
                while self._room and not receiving.done():
                    changed: asyncio.Future[Any] = self._room_change()
                    await asyncio.wait([receiving, changed], return_when=asyncio.FIRST_COMPLETED)
            finally:
                await cancel_and_wait([receiving])
            if not receiving.cancelled():
                await self._route(receiving.result())
            while not self._room:
                await self._room_change()

    async def _listen_for_commands(self) -> None:
        while True:
            await self._route(await self._receive(self.name))

    async def _receive(self, channel: str) -> dict[str, Any]:
        while True:
            try:
                message: dict[str, Any] = await self._layer.receive(channel)
                return message
            except (RedisError, OSError) as error:
                log.warning("channel_layer_outage", error=type(error).__name__)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _route(self, message: dict[str, Any]) -> None:
        try:
            command = commands.unpack(message)
        except ValueError:
            log.warning("command_not_understood")
            return
        begins = command if isinstance(command, Open | OpenFeed) else None
        if begins is not None and await self._is_void(begins):
            return
        if (session := self._sessions.get(command.session)) is not None:
            session.command(command)
        elif begins is not None and self._room and command.session not in self._opening:
            self._opening.add(command.session)
            self._spawn(self._take(begins))

    async def _is_void(self, command: Open | OpenFeed) -> bool:
        try:
            return await self._registry.now() > command.deadline
        except (RedisError, OSError):
            # By the time it can be asked again, whoever offered has given up.
            return True

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _take(self, command: Open | OpenFeed) -> None:
        """Makes a live session for an offer, unless another worker has taken the session already."""
        try:
            if not await self._registry.hold(command.session, self.name):
                return
            taken = await session_rows.take_over(command)
            if taken.row.ended_at is None:
                self._begin(taken.row, taken.clock_ms, command)
            else:
                await self._registry.release(command.session, self.name)
        except (RedisError, DatabaseError, Session.DoesNotExist) as error:
            # The consumer gets no reply before its deadline, and the browser offers again.
            log.warning("session_not_taken", session=command.session, error=type(error).__name__)
        finally:
            self._opening.discard(command.session)
            self.room_changed()

    def _begin(self, row: Session, start_ms: int, command: Open | OpenFeed) -> None:
        publisher = Publisher(self._layer, command.session)
        kept = command.kept
        store: Store = self._final_writer if kept else NoStore(self._saved)
        track = self._track(row)
        is_new = kept and not row.clock_ms and row.clock_at is None

        def make(shared: bool, start_sample: int, last_seq: int, save: Save) -> Transcriber:
            return Transcriber(
                command.session,
                language=command.language,
                last_seq=last_seq,
                listener=Listener(self._vad, start_sample=start_sample),
                recogniser=self._recogniser,
                only_language=self._recogniser.only_language,
                publish=publisher.publish,
                save=save,
                endpoints=self._config.endpoints,
                settings=self._config.live,
                keeps_sound=track is not None,
                shared=shared,
                streams=self._streams,
            )

        translator = None
        if can_translate(self._recogniser.state.model, self._recogniser.only_language):
            translator = Translator(
                command.session, recogniser=self._recogniser, publish=publisher.publish, touch=store.touch
            )
        transcriber = Transcribers(
            make,
            store.submit,
            start_sample=start_ms * SAMPLES_PER_MS,
            last_seq=row.last_seq,
            translator=translator,
        )
        session = LiveSession(
            command.session,
            worker=self.name,
            transcriber=transcriber,
            publisher=publisher,
            touch=store.touch,
            limits=self._config.limits,
            endpoints=self._config.endpoints,
            peer_options=self._config.peer_options,
            paused=isinstance(command, Open) and command.paused,
            resumed=row.clock_at is not None,
            continuations=row.continuations,
            on_ended=self._ended,
            # A worker that held it before may have left words on its disk.
            discard=partial(session_rows.discard, row.pk) if is_new else None,
            share=partial(self._share, command.session),
            expect=self._sound_port.expect,
            sound=track,
            translator=translator,
            devices=DeviceSetup(row.devices, tuple(map(tuple, row.device_modes)), self._vad),
        )
        self._sessions[command.session] = session
        self._transcribers[command.session] = transcriber
        log.info("session_taken", session=command.session, clock_ms=start_ms, kept=kept)
        session.command(command)
        is_taped = isinstance(command, Open) and command.taped
        if row.clock_at is not None and track is not None and self._recover is not None and not is_taped:
            self._spawn(asyncio.to_thread(self._recover))

    def _share(self, session: str, shares: bool) -> bool:
        """Notes whether a session shares sound; False if it wants to, and there is no room for it."""
        if shares and session not in self._sharing:
            if not self._room:
                return False
            self._sharing.add(session)
        elif not shares:
            self._sharing.discard(session)
        self.room_changed()
        return True

    def _track(self, row: Session) -> Track | None:
        if self._audio_recorder is None or not row.keep_sound:
            return None
        name = str(row.pk)
        return self._audio_recorder.track(name, partial(self._sound_changed, name))

    def _sound_changed(self, name: str, is_kept: bool) -> None:
        """Reports whether a session's sound can be recorded. Called in the audio recorder's thread, too."""
        self._loop.call_soon_threadsafe(self._tell_of_sound, name, is_kept)

    def _tell_of_sound(self, name: str, is_kept: bool) -> None:
        if session := self._sessions.get(name):
            session.sound_changed(is_kept)

    def _ended(self, session: LiveSession) -> None:
        self._sessions.pop(session.id, None)
        self._transcribers.pop(session.id, None)
        self._handed_over.discard(session.id)
        self._sharing.discard(session.id)
        for shared in (False, True):
            self._recogniser.drop(queue_name(session.id, shared=shared))
        leaving = asyncio.create_task(session.closed.wait())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)
        self._spawn(self._attempt(self._registry.release(session.id, self.name)))
        self.room_changed()

    def _saved(self, record: FinalRecord, seq: int) -> None:
        name = str(record.session_id)
        transcriber = self._transcribers.get(name)
        # What was said to an earlier worker ends nothing here.
        if transcriber is not None and transcriber.saved(record, seq) and record.command:
            session, action = self._sessions.get(name), _CONTROLS.get(record.command.does)
            if session is not None and action is not None:
                session.command(Control(name, action, ""))

    def _rejected(self, record: FinalRecord, reason: Rejection) -> None:
        name = str(record.session_id)
        if transcriber := self._transcribers.get(name):
            transcriber.refused(record)
        if reason == "deleted" and (session := self._sessions.get(name)):
            self._spawn(session.abandon())

    async def _beat(self) -> None:
        """Announces the worker's state and renews its hold on its sessions at every heartbeat."""
        while True:
            await self._attempt(self._announce())
            for session in list(self._sessions.values()):
                if session.id not in self._handed_over:
                    await self._attempt(self._keep(session))
            await asyncio.sleep(self._config.heartbeat_seconds)

    async def _announce(self) -> None:
        state = self._recogniser.state
        metrics.SESSIONS.set(len(self._sessions))
        metrics.ROOM.set(self._room)
        mine = WorkerState(
            name=self.name,
            state="draining" if self._draining else state.phase,
            message=state.message,
            done=state.done,
            total=state.total,
            sessions=len(self._sessions),
            room=self._room,
            model=state.model,
            device=state.device,
            only_language=state.only_language,
            connection=await self._registry.connection(),
        )
        await self._registry.announce(mine)

    async def _keep(self, session: LiveSession) -> None:
        is_held = await self._registry.hold(session.id, self.name)
        present = self._sessions.get(session.id)
        if present is None:
            # It ended while the registry was asked; a renewed hold would keep the session from another worker.
            await self._registry.release(session.id, self.name)
        elif present is session and is_held:
            session.heartbeat()
        else:
            await session.abandon()

    async def _watch_sessions(self) -> None:
        overloaded = False
        while True:
            now = time.monotonic()
            if self._recogniser.overloaded != overloaded:
                overloaded = not overloaded
                log.warning("worker_overloaded" if overloaded else "worker_keeps_up", worker=self.name)
                self.room_changed()
            for session in list(self._sessions.values()):
                if reason := session.tick(now):
                    self._spawn(session.end(reason))
            await asyncio.sleep(_TICK_SECONDS)

    async def _measure_lag(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(_LAG_SECONDS)
            metrics.LOOP_LAG_SECONDS.observe(max(0.0, time.monotonic() - before - _LAG_SECONDS))

    async def _drain(self) -> None:
        """Takes no more sessions, sends the browsers to other workers and saves the open utterances.

        The sessions that find no room there go on being recorded until their utterances are saved.
        """
        self._draining = True
        self.room_changed()
        log.info("worker_draining", worker=self.name, sessions=len(self._sessions))
        room = await self._room_elsewhere() if self._sessions else 0
        moves = [
            asyncio.create_task(self._move(session, there_is_room=number < room))
            for number, session in enumerate(self._sessions.values())
        ]
        if moves:
            await asyncio.wait(moves, timeout=self._config.drain_seconds)

    async def _move(self, session: LiveSession, *, there_is_room: bool) -> None:
        if session.is_kept and not there_is_room:
            await session.move()
        else:
            self._handed_over.add(session.id)
            await self._attempt(self._registry.release(session.id, self.name))
            await session.hand_over()

    async def _room_elsewhere(self) -> int:
        try:
            workers = await asyncio.to_thread(registry.workers)
        except (RedisError, OSError):
            return 0
        return sum(each.room for each in workers if each.name != self.name)

    async def _attempt(self, work: Awaitable[object]) -> None:
        """Waits for `work` and logs an outage of Valkey: the next heartbeat repeats it, or its entry expires."""
        try:
            await work
        except (RedisError, OSError) as error:
            log.warning("registry_outage", error=type(error).__name__)
