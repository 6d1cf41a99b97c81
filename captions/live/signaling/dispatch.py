"""Sends a socket's commands to the audio worker that holds its session."""

from typing import Any

from channels.exceptions import ChannelFull
from django.utils.translation import gettext as _

from ... import metrics
from ...protocol import messages
from ...protocol.availability import availability
from ...protocol.commands import SHARED_CHANNEL, AddCandidate, Command, Control, Present, pack
from ...protocol.messages import MessageError
from ...protocol.registry import SharedRegistry, WorkerState
from .admission import Admitted


class Dispatcher:
    """Finds the worker of a session, sends it commands, and notices when it no longer responds.

    `offer_seconds` is how long an offer may wait for a worker, `lost_seconds` how long a heartbeat may stay out.
    `source` is that of the commands: a second device joins a session that a worker holds, and does not keep it alive.
    `now` is a monotonic time in seconds. Methods raise redis.RedisError when the channel layer cannot be reached.
    """

    def __init__(
        self,
        session: str,
        reply: str,
        layer: Any,
        registry: SharedRegistry,
        *,
        offer_seconds: float,
        lost_seconds: float,
        source: str = "",
    ) -> None:
        self._session = session
        self._reply = reply
        self._layer = layer
        self._registry = registry
        self._offer_seconds = offer_seconds
        self._lost_seconds = lost_seconds
        self._source = source
        self._worker: str | None = None
        # Whether a worker should be heard: one was known, and is not given up.
        self._expected = False
        self._heard_at = 0.0
        self._is_held = False
        # When nothing was known to be wrong with the registry, and up to when it may have been out of reach.
        self._fine_at: float | None = None
        self._away_until = float("-inf")
        self._offered_at: float | None = None
        self._offered_to_holder = False
        self._early: list[AddCandidate] = []

    async def find(self, now: float, *, expected: bool = False) -> bool:
        """Looks up the worker that holds the session; False if there is none.

        If one is `expected`, it may still turn up, as after an outage of Valkey, until `overdue` says that it is lost.
        """
        self._worker = await self._registry.holder(self._session)
        self._expected = expected or self._worker is not None
        self._heard_at = self._fine_at = now
        return self._worker is not None

    async def look(self, now: float) -> None:
        """Notes whether the registry can be reached; to be called about once a second.

        It is asked only while an offer waits, or once heartbeats are half overdue. Where it could not be reached, for
        however short, missing heartbeats say nothing of the worker.
        """
        patience = self._lost_seconds / 2
        if self._offered_at is not None or (self._expected and now - self._heard_at > patience):
            self._is_held = await self._registry.holder(self._session) is not None
        if self._fine_at is not None and now - max(self._fine_at, self._heard_at) > patience:
            self._away_until = now
        self._fine_at = now

    async def offer(
        self,
        offer: messages.Offer,
        admitted: Admitted,
        now: float,
        **options: Any,
    ) -> None:
        """Sends an offer to the worker of the session, or to all that have room; the options are those of `Open`.

        Raises MessageError for that of a second device where no worker holds the session.
        """
        self._early.clear()
        target = await self._registry.holder(self._session)
        if self._source and target is None:
            raise lost()
        self._offered_at = now
        self._offered_to_holder = target is not None
        self._worker, self._expected = None, False
        deadline = await self._registry.now() + self._offer_seconds
        command = admitted.opening(
            self._session, offer, self._reply, deadline, source=self._source, **options
        )
        await send(self._layer, target or SHARED_CHANNEL, command)

    async def candidate(self, message: messages.Candidate) -> None:
        command = AddCandidate(self._session, message.gen, message.candidate, self._reply, self._source)
        if self._worker is None:
            # SocketLimits bounds how many candidates can wait here for a worker.
            self._early.append(command)
        else:
            await self._send(command)

    async def control(self, message: messages.Control, reason: str = "stopped") -> bool:
        """Sends pause, resume or stop to the worker; False when no worker holds the session.

        Raises MessageError while one is still expected.
        """
        if self._worker is None:
            self._worker = await self._registry.holder(self._session)
        if self._worker is None:
            if self._expected:
                raise _busy()
            return False
        await self._send(Control(self._session, message.action, self._reply, reason, self._source))
        return True

    async def present(self) -> None:
        if not self._source:
            await self._send(Present(self._session))

    async def taken(self, worker: str, now: float) -> None:
        """Reports that a worker took the offer: it gets the candidates that arrived before."""
        self._worker, self._expected, self._heard_at, self._offered_at = worker, True, now, None
        early, self._early = self._early, []
        for command in early:
            await self._send(command)

    def heartbeat(self, worker: str, now: float) -> None:
        if self._offered_at is None:
            self._worker, self._expected, self._heard_at = worker, True, now

    def forget(self) -> None:
        """Forgets the worker: the session has ended."""
        self._worker, self._expected = None, False

    def overdue(self, now: float) -> MessageError | None:
        """The error to send when an offer or a heartbeat is overdue; each is returned once, then None."""
        if self._offered_at is not None and now - self._offered_at > self._offer_seconds:
            was_away, self._offered_at = self._away_until > self._offered_at, None
            return _lost_now() if self._offered_to_holder and not was_away else _busy()
        since = max(self._heard_at, self._away_until)
        if self._expected and not self._is_held and now - since > self._lost_seconds:
            self._worker, self._expected = None, False
            return _lost_now()
        return None

    async def _send(self, command: Command) -> None:
        if self._worker is not None:
            await send(self._layer, self._worker, command)


async def send(layer: Any, channel: str, command: Command) -> None:
    """Raises MessageError where too many commands wait on the channel already, and redis.RedisError."""
    try:
        await layer.send(channel, pack(command))
    except ChannelFull as error:
        raise _busy() from error


def _lost_now() -> MessageError:
    metrics.WORKERS_LOST.inc()
    return lost()


def lost() -> MessageError:
    """The error where a worker that was known does not respond."""
    sentence = _("The connection to this dictation was lost. It is being resumed.")
    return MessageError("worker_lost", sentence, retryable=True)


def why_busy(workers: list[WorkerState]) -> MessageError:
    """Why no worker took an offer, as an error with a sentence for the user."""
    now = availability(workers)
    match now.state:
        case "loading":
            return MessageError("loading", now.message, retryable=True)
        case "failed":
            return MessageError("model_unavailable", now.message)
        case "none":
            sentence = _("%(reason)s Nothing is being recorded.") % {"reason": now.message}
            return MessageError("busy", sentence, retryable=True)
    return MessageError(
        "busy",
        _("This server is busy. Nothing is being recorded. This page keeps trying until there is room."),
        retryable=True,
    )


def _busy() -> MessageError:
    return MessageError("busy", _("This server is busy. Nothing is being recorded."), retryable=True)
