"""Sends sounds to the service, again where that makes sense, and says in a sentence why it has no answer."""

import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from ....core.hops import HEADER
from ....core.web_service import wait_seconds
from ..base import EngineError
from .answer import Answer, OddError, code_in_error, read
from .budget import Budget
from .circuit import Circuit
from .form import Form
from .service import Service

_CONNECT_SECONDS = 5.0
_FIRST_BYTE_SECONDS = 10.0
_TRIES = 3
_BACKOFF_SECONDS = 0.5
_MOST_BYTES = 4 << 20


class RefusedFormError(EngineError):
    """The service does not accept this sound, or what it is asked to tell of it."""


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


class _TryAgainError(EngineError):
    """A try failed. Another one may help, `after` so many seconds if the service says so; now only if `soon`."""

    def __init__(self, message: str, *, after: float | None = None, soon: bool = True) -> None:
        super().__init__(message, retryable=True, elsewhere=True)
        self.after = after
        self.soon = soon


class Client:
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
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "WhisperStream"}
        if service.key:
            headers["Authorization"] = f"Bearer {service.key}"
        self._service = service
        self._circuit = circuit
        self._budget = budget
        self._patience = patience
        self._tries = tries
        self._waits = waits
        self._clock = clock or Clock()
        self._http = httpx.Client(
            headers=headers,
            limits=httpx.Limits(max_connections=service.parallel, max_keepalive_connections=service.parallel),
        )

    def close(self) -> None:
        self._http.close()

    def ask(self, path: str, form: Form, wav: bytes, seconds: float, hops: int) -> Sent:
        """Raises EngineError, of which no text quotes what was sent or came back."""
        until = self._clock.now() + self._patience + seconds
        tries, sent_ms = 0, 0
        while True:
            self._await_circuit(until)
            if self._budget is not None:
                self._budget.take(seconds)
            tries, sent_ms = tries + 1, sent_ms + round(seconds * 1000)
            try:
                answer = self._try(path, form, wav, seconds, hops, until)
            except _TryAgainError as error:
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

    def _try(self, path: str, form: Form, wav: bytes, seconds: float, hops: int, until: float) -> Answer:
        """Raises EngineError."""
        left = max(1.0, until - self._clock.now())
        timeout = httpx.Timeout(min(_FIRST_BYTE_SECONDS + seconds, left), connect=min(_CONNECT_SECONDS, left))
        try:
            with self._http.stream(
                "POST",
                f"{self._service.url}{path}",
                data=form,
                files={"file": ("speech.wav", wav, "audio/wav")},
                headers={HEADER: str(hops)},
                timeout=timeout,
            ) as response:
                body = self._body(response, until)
                kind = response.headers.get("Content-Type", "")
                if response.status_code != 200:
                    raise self._refusal(response, body)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError):
            # Their messages may hold the address.
            raise self._away() from None
        try:
            return read(body, kind)
        except OddError:
            raise _TryAgainError(
                f"The answer of the speech service at {self._service.host} could not be understood. "
                "Check OPENAI_BASE_URL."
            ) from None

    def _body(self, response: httpx.Response, until: float) -> bytes:
        body = b""
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _MOST_BYTES or self._clock.now() > until:
                raise self._away()
        return body

    def _away(self, *, after: float | None = None, soon: bool = True) -> _TryAgainError:
        sentence = f"The speech service at {self._service.host} cannot be reached, or is busy."
        return _TryAgainError(sentence, after=after, soon=soon)

    def _refusal(self, response: httpx.Response, body: bytes) -> EngineError:
        """What a status other than 200 means."""
        status, code, host = response.status_code, code_in_error(body), self._service.host
        if status == 429 and code == "insufficient_quota":
            return EngineError(f"The account at {host} has no credit left.", elsewhere=True)
        if status in (408, 409, 425, 429) or status >= 500:
            headers = response.headers
            return self._away(after=_after(headers), soon=headers.get("x-should-retry") != "false")
        if code == "too_many_hops":
            return EngineError(
                "The sound has passed through too many servers. OPENAI_BASE_URL may lead back to this one.",
                elsewhere=True,
            )
        match status:
            case 401:
                sentence = f"The speech service at {host} refuses the key. Check OPENAI_API_KEY."
            case 403:
                sentence = (
                    f"The speech service at {host} does not let this key transcribe. Check OPENAI_API_KEY."
                )
            case 404 | 405:
                sentence = f"{host} has no such service or model. Check OPENAI_BASE_URL and OPENAI_MODEL."
            case 400 | 413 | 415 | 422:
                return RefusedFormError(
                    f"The speech service at {host} does not accept what is sent (status {status}). "
                    "Check OPENAI_MODEL.",
                    elsewhere=True,
                )
            case _:
                sentence = (
                    f"The speech service at {host} answers with status {status}. Check OPENAI_BASE_URL."
                )
        return EngineError(sentence, elsewhere=True)


def _after(headers: httpx.Headers) -> float | None:
    """How long the service asks to wait, in seconds."""
    try:
        return max(0.0, float(headers.get("retry-after-ms", "")) / 1000)
    except ValueError:
        return wait_seconds(headers.get("Retry-After", ""), datetime.now(UTC))
