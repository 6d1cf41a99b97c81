"""Sends sounds to the service, as forms over HTTP."""

import ssl

import httpx

from ....core.hops import HEADER
from .answer import Answer, OddError, code_in_error, read
from .form import Form
from .refusals import away, odd, refusal
from .service import Service
from .trying import CONNECT_SECONDS, Attempts, Sent

_MOST_BYTES = 4 << 20


class Client:
    """Threads share it."""

    def __init__(self, service: Service, attempts: Attempts) -> None:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "WhisperStream"}
        if service.key:
            headers["Authorization"] = f"Bearer {service.key}"
        self._service = service
        self._attempts = attempts
        self._http = httpx.Client(
            headers=headers,
            limits=httpx.Limits(max_connections=service.parallel, max_keepalive_connections=service.parallel),
        )

    def close(self) -> None:
        self._http.close()

    def ask(self, path: str, form: Form, wav: bytes, seconds: float, hops: int) -> Sent:
        """Raises EngineError, of which no text quotes what was sent or came back."""
        return self._attempts.run(seconds, lambda until: self._try(path, form, wav, seconds, hops, until))

    def _try(self, path: str, form: Form, wav: bytes, seconds: float, hops: int, until: float) -> Answer:
        """Raises EngineError."""
        patience = self._attempts.first_byte_seconds(seconds, until)
        host = self._service.host
        try:
            with self._http.stream(
                "POST",
                f"{self._service.url}{path}",
                data=form,
                files={"file": ("speech.wav", wav, "audio/wav")},
                headers={HEADER: str(hops)},
                timeout=httpx.Timeout(patience, connect=min(CONNECT_SECONDS, patience)),
            ) as response:
                body = self._body(response, until)
                kind = response.headers.get("Content-Type", "")
                if response.status_code != 200:
                    raise refusal(host, response.status_code, code_in_error(body), response.headers)
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError):
            # Their messages may hold the address.
            raise away(host) from None
        try:
            return read(body, kind)
        except OddError:
            raise odd(host) from None

    def _body(self, response: httpx.Response, until: float) -> bytes:
        body = b""
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > _MOST_BYTES or self._attempts.now() > until:
                raise away(self._service.host)
        return body
