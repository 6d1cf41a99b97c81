"""Sends posts to the checked addresses of a service elsewhere."""

import asyncio
import ssl
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Self

import httpx

from .errors import UnavailableError
from .resolving import Resolve, checked, resolve

# An answer is a time or a number; the rest of a longer one is not read.
_MOST_BYTES = 2_000
_TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@cache
def _usual_tls() -> ssl.SSLContext:
    # Takes long to make, and megabytes, so all senders share one.
    return httpx.create_ssl_context(trust_env=False)


class SendError(UnavailableError):
    """There was no answer. The request may have arrived all the same."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes


class Sender:
    """The connection to one service. It follows no redirects and uses no proxy of the environment."""

    def __init__(
        self,
        allowed: Container[str],
        *,
        seconds: float = 10.0,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`allowed` hosts may be private; `seconds` is the most that one request may take.

        Without `tls`, the usual certificate authorities are trusted.
        """
        self._allowed = allowed
        self._seconds = seconds
        self._resolve = resolve
        self._client = httpx.AsyncClient(
            verify=tls or _usual_tls(),
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(seconds, connect=seconds / 2),
            limits=httpx.Limits(max_connections=1, keepalive_expiry=30),
            headers={"User-Agent": "WhisperStream", "Accept-Encoding": "identity"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] = _TEXT) -> Reply:
        """Raises SendError and UnreachableError."""
        return await self._request("POST", url, body, headers)

    async def get(self, url: str) -> Reply:
        """Raises SendError and UnreachableError."""
        return await self._request("GET", url, None, {})

    async def _request(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        try:
            target = httpx.URL(url)
            port = target.port or (443 if target.scheme == "https" else 80)
            async with asyncio.timeout(self._seconds):
                addresses = await checked(target.host, port, self._allowed, self._resolve)
                for address in addresses:
                    try:
                        return await self._ask(method, target, address, body, headers)
                    except (httpx.ConnectError, httpx.ConnectTimeout):
                        # Nothing was sent yet, so the next address may be tried.
                        continue
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError) as error:
            # Its message may hold the address, and so may those of its causes.
            raise SendError(type(error).__name__) from None
        raise SendError("ConnectError")

    async def _ask(
        self, method: str, target: httpx.URL, address: str, body: bytes | None, headers: Mapping[str, str]
    ) -> Reply:
        """Connects to the IP address, under the name of the host."""
        request = self._client.build_request(
            method,
            target.copy_with(host=address),
            content=body,
            headers={**headers, "Host": target.netloc.decode()},
            extensions={"sni_hostname": target.host},
        )
        answer = await self._client.send(request, stream=True)
        try:
            read = b""
            async for chunk in answer.aiter_raw():
                read += chunk
                if len(read) >= _MOST_BYTES:
                    break
            return Reply(answer.status_code, read[:_MOST_BYTES])
        finally:
            await answer.aclose()
