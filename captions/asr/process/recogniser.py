"""Decodes speech for all sessions of an audio worker, in a process of its own that may die at any time."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace

import numpy as np
import numpy.typing as npt
import structlog

from ... import metrics
from ...core.errors import WhisperStreamError
from ...core.translatable import gettext_noop
from ...speech.capacity import Slots
from ...speech.types import Hypothesis
from ..engine.base import EngineError, Task
from ..ipc import Failed
from .config import RecogniserConfig, RecogniserState
from .in_flight import InFlightDecodes
from .measured_costs import MeasuredCosts
from .messages import Load, Ready, Rehearse, Rehearsed, Reply
from .pending import PendingRequests
from .process import RecogniserProcess

log = structlog.get_logger(__name__)

_STARTING = gettext_noop("Speech recognition is starting.")
# How often decodes that can wait are looked at while nothing else is decoded.
_PATIENT_SECONDS = 0.1
_AGAIN = gettext_noop("The speech model is restarting.")


class _LostError(WhisperStreamError):
    """The process ended, or had to be ended."""


class Recogniser:
    """One model, one process, some decodes at a time; which ones, `speech.schedule.Queue` says.

    When the process dies it is started again, and what it was decoding is decoded again: nothing is lost but time.
    """

    def __init__(
        self, config: RecogniserConfig, on_state: Callable[[RecogniserState], None] | None = None
    ) -> None:
        self._config = config
        self._on_state = on_state
        self._pending = PendingRequests()
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._process: RecogniserProcess | None = None
        self._given_up: EngineError | None = None
        self._was_ready = False
        self._failures = 0
        self._loaded_mb = self._rss_mb = 0
        self._slots = Slots(config.parallel, threads=config.cpu_threads)
        self._measured = MeasuredCosts()
        self.only_language = ""
        """The code of the language, where the model is known to know only one."""
        self.state = RecogniserState("loading", _STARTING)

    @property
    def pid(self) -> int | None:
        """The process that decodes now."""
        return self._process.pid if self._process else None

    @property
    def overloaded(self) -> bool:
        """Whether decodes wait so long that nobody else should be heard."""
        return self._pending.lag_seconds(time.monotonic()) > self._config.most_lag_seconds

    async def start(self) -> None:
        """Begins to load the model; `state` and `ready` say when that is done."""
        self._task = asyncio.create_task(self._run(), name="recogniser")

    async def ready(self) -> RecogniserState:
        """Waits until decodes are answered. Raises EngineError when the model could not be loaded."""
        while self.state.phase != "ready":
            if self.state.phase == "failed":
                raise self._given_up or EngineError(self.state.message, retryable=True)
            self._changed.clear()
            await self._changed.wait()
        return self.state

    async def close(self) -> None:
        """Ends the process; decodes still waited for raise EngineError."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        self._give_up(EngineError("The speech recogniser has been shut down.", retryable=True))

    async def decode(
        self, session: str, audio: npt.NDArray[np.int16], task: Task, *, urgent: bool = False
    ) -> Hypothesis | None:
        """Decodes mono 16 kHz samples, at most 30 s, when their turn comes; `urgent` ones before others.

        None when a newer one of the session took its place, or the session was dropped. Raises EngineError.
        Cancelling it takes the decode out of the queue.
        """
        if self._given_up:
            raise self._given_up
        answer = self._pending.put(session, audio, task, urgent=urgent, now=time.monotonic())
        self._wake.set()
        return await answer

    def be_patient(self, session: str, patient: bool) -> None:
        """Sets whether the decodes of a session wait for those of all others; until then, and after `drop`, not."""
        self._pending.be_patient(session, patient)

    def drop(self, session: str) -> None:
        """Forgets what waits of a session; those decodes return None."""
        self._pending.drop(session)

    async def _run(self) -> None:
        while True:
            try:
                await self._one_process()
            except _LostError as error:
                reason, retry = str(error), True
            except EngineError as error:
                # What worked once has only been disturbed.
                reason, retry = str(error), error.retryable or self._was_ready
            except OSError as error:
                reason, retry = (
                    f"No process can be started for the speech recogniser ({error.strerror}).",
                    True,
                )
            else:
                continue
            log.warning("recogniser_lost", reason=reason, failures=self._failures)
            if not retry:
                self._report(RecogniserState("failed", reason))
                self._give_up(EngineError(reason))
                return
            metrics.RECOGNISER_RESTARTS.inc()
            await self._before_retry(reason)

    async def _one_process(self) -> None:
        """Loads and decodes in one process, until that should be renewed. Raises EngineError, _LostError, OSError."""
        starting = asyncio.create_task(RecogniserProcess.start(self._wake.set))
        try:
            self._process = process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # A process that has just been started must not be left behind.
            await (await starting).close()
            raise
        try:
            await self._load(process)
            await self._serve(process)
        finally:
            log.info("recogniser_ended", ended=await process.close(), rss_mb=self._rss_mb)

    async def _before_retry(self, reason: str) -> None:
        """Waits longer after each failure in a row; none after the first of a process that worked."""
        if self._was_ready:
            self._report(RecogniserState("loading", _AGAIN))
        else:
            self._report(RecogniserState("failed", reason))
        doublings = self._failures - 1 if self._was_ready else self._failures
        delay = self._config.retry_seconds * 2 ** min(doublings, 16) if doublings >= 0 else 0.0
        self._failures += 1
        await asyncio.sleep(min(delay, self._config.most_retry_seconds))

    async def _load(self, process: RecogniserProcess) -> None:
        """Waits for the model. Raises EngineError or _LostError."""
        started = time.monotonic()
        timeout = self._config.load_seconds
        message = _STARTING
        await process.send(
            Load(
                model=self._config.model,
                compute_type=self._config.compute_type,
                # What the first process found out holds for those after it, which are wanted at once.
                cpu_threads=self._slots.threads,
                parallel=self._slots.parallel,
                calibrate=self._config.calibrate and not self._measured.costs,
                language=self._config.language,
                service=self._config.service,
            )
        )
        while True:
            try:
                async with asyncio.timeout(timeout):
                    answer = await process.receive()
            except TimeoutError:
                process.kill()
                raise EngineError(
                    f"{message.rstrip('.')}: no progress for {timeout:.0f} s.", retryable=True
                ) from None
            if answer is None:
                raise _LostError(
                    "The process that loads the speech model was ended, most likely because memory ran out. "
                    "Set WHISPER_MODEL to a smaller model if this goes on."
                )
            if isinstance(answer, Failed):
                raise answer.error()
            if isinstance(answer, Ready):
                break
            message = answer.message
            downloading = answer.total > answer.done
            timeout = self._config.stall_seconds if downloading else self._config.load_seconds
            self._report(RecogniserState("loading", message, answer.done, answer.total, answer.model))
        self._was_ready = True
        self._loaded_mb = self._rss_mb = answer.rss_mb
        self._slots = answer.slots
        self.only_language = answer.only_language
        if answer.costs:
            self._measured = MeasuredCosts(answer.costs, rounds=self._config.rounds)
        log.info(
            "recogniser_ready",
            model=answer.model,
            device=answer.device,
            **asdict(answer.slots),
            seconds=round(time.monotonic() - started, 2),
        )
        self._report(
            RecogniserState(
                "ready",
                model=answer.model,
                device=answer.device,
                only_language=answer.only_language,
                slots=self._slots,
                costs=self._measured.costs,
            )
        )
        if answer.costs:
            self._log_costs()

    async def _serve(self, process: RecogniserProcess) -> None:
        """Decodes until the process should be renewed. Raises _LostError when it ended."""
        in_flight = InFlightDecodes(
            process,
            self._pending,
            self._slots,
            decode_seconds=self._config.decode_seconds,
            on_ended=self._wake.set,
        )
        renew = False
        try:
            while not process.ended and not in_flight.lost:
                self._wake.clear()
                if not renew:
                    in_flight.fill()
                if in_flight.rss_mb is not None:
                    self._failures, self._rss_mb, in_flight.rss_mb = 0, in_flight.rss_mb, None
                renew = renew or self._should_renew()
                if len(in_flight):
                    await self._wake.wait()
                elif renew:
                    return
                elif not await self._woken() and not len(self._pending):
                    await self._look_again(process)
        finally:
            await in_flight.close()
        raise _LostError(in_flight.lost or "The speech recogniser's process ended.")

    def _should_renew(self) -> bool:
        return not len(self._pending) and self._rss_mb > self._loaded_mb + self._config.grow_mb

    async def _woken(self) -> bool:
        """Waits for something to do; False when there was nothing for long enough to look for other work."""
        if len(self._pending):
            seconds: float | None = _PATIENT_SECONDS
        else:
            seconds = self._config.idle_seconds if self._measured.next else None
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def _look_again(self, process: RecogniserProcess) -> None:
        """Has one decode timed: when the worker was started, the rest of the machine may have been busy too."""
        cost = self._measured.next
        if cost is None:
            return
        reply: Reply | None = None
        try:
            async with asyncio.timeout(self._config.decode_seconds + 2 * cost.audio_seconds):
                reply = await process.ask(Rehearse(cost.audio_seconds))
        except TimeoutError:
            process.kill()
        if reply is None or not isinstance(reply.answer, Rehearsed):
            # Decodes that fail will say so themselves; this is not worth a process.
            self._measured = MeasuredCosts(self._measured.costs)
        if reply is None:
            raise _LostError("The speech recogniser's process ended while it was measured.")
        if not isinstance(reply.answer, Rehearsed):
            return
        self._measured.took(reply.answer.seconds)
        if self.state.costs != self._measured.costs:
            self._report(replace(self.state, costs=self._measured.costs))
        if self._measured.next is None:
            self._log_costs()

    def _log_costs(self) -> None:
        log.info(
            "recogniser_calibrated",
            room=self.state.places,
            parallel=self._slots.parallel,
            threads=self._slots.threads,
            **{f"{cost.audio_seconds:g}_s": round(cost.seconds, 4) for cost in self._measured.costs},
        )

    def _give_up(self, error: EngineError) -> None:
        self._given_up = error
        self._pending.fail_all(error)

    def _report(self, state: RecogniserState) -> None:
        if state != self.state:
            self.state = state
            self._changed.set()
            if self._on_state is not None:
                self._on_state(state)
