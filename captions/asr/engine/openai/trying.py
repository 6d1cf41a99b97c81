"""Tries a sound at the service, again where that makes sense: what all roads to a service have in common."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..base import EngineError
from .answer import Answer
from .budget import Budget
from .circuit import Circuit
from .service import Service

CONNECT_SECONDS = 5.0
FIRST_BYTE_SECONDS = 10.0
_TRIES = 3
_BACKOFF_SECONDS = 0.5


class RefusedFormError(EngineError):
    """The service does not accept this sound, or what it is asked to tell of it."""


class TryAgainError(EngineError):
    """A try failed. Another one may help, `after` so many seconds if the service says so; now only if `soon`."""

    def __init__(self, message: str, *, after: float | None = None, soon: bool = True) -> None:
        super().__init__(message, retryable=True, elsewhere=True)
        self.after = after
        self.soon = soon


@dataclass(frozen=True, slots=True)
class Clock:
    """What time and chance do, for tests."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer, and the milliseconds of sound that were sent for it, in one try or more."""

    answer: Answer
    sent_ms: int


class Attempts:
    """Threads share it. `patience` is how long all tries of one sound may take together, beside its own length.

    Sounds that nobody waits for are tried `tries` times while there is patience; the circuit is waited for then.
    """

    def __init__(
        self,
        service: Service,
        circuit: Circuit,
        budget: Budget | None,
        *,
        patience: float,
        tries: int = _TRIES,
        waits: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self.now = (clock or Clock()).now
        self._service = service
        self._circuit = circuit
        self._budget = budget
        self._patience = patience
        self._tries = tries
        self._waits = waits
        self._clock = clock or Clock()

    def run(self, seconds: float, one: Callable[[float], Answer]) -> Sent:
        """Has `one` try sent, and others. It gets the time by which it must be over, and raises EngineError.

        Raises EngineError, of which no text quotes what was sent or came back.
        """
        until = self._clock.now() + self._patience + seconds
        tries, sent_ms = 0, 0
        while True:
            self._await_circuit(until)
            if self._budget is not None:
                self._budget.take(seconds)
            tries, sent_ms = tries + 1, sent_ms + round(seconds * 1000)
            try:
                answer = one(until)
            except TryAgainError as error:
                self._circuit.failed(self._clock.now())
                wait = _BACKOFF_SECONDS * 2 ** min(tries - 1, 6) * (1 + self._clock.chance() / 4)
                wait = max(wait, error.after or 0.0)
                if tries >= self._tries or not error.soon or self._clock.now() + wait >= until:
                    raise EngineError(str(error), retryable=True, elsewhere=True) from None
                self._clock.sleep(wait)
            except RefusedFormError:
                # Only this sound: the service works.
                self._circuit.worked()
                raise
            except EngineError:
                self._circuit.failed(self._clock.now())
                raise
            else:
                self._circuit.worked()
                return Sent(answer, sent_ms)

    def first_byte_seconds(self, seconds: float, until: float) -> float:
        """How long one try of a sound of `seconds` may wait."""
        return min(FIRST_BYTE_SECONDS + seconds, max(1.0, until - self._clock.now()))

    def _await_circuit(self, until: float) -> None:
        """Raises EngineError while nothing is to be sent."""
        while not self._circuit.lets_through(now := self._clock.now()):
            wait = max(self._circuit.closes_in(now), 0.1)
            if not self._waits or now + wait >= until:
                raise EngineError(
                    f"The speech service at {self._service.host} has failed several times. "
                    "It is asked again in half a minute.",
                    retryable=True,
                    elsewhere=True,
                )
            self._clock.sleep(wait)
