"""The HTTP client of a live test: logs in through the form and makes sessions, as a browser does."""

import re
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from .errors import LivetestError

_TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')
_LOGIN = "/accounts/login/"
_LOCAL = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Dictation:
    """A session that the server made, and the address of its socket."""

    id: str
    socket: str


class Account:
    """A logged-in user on a server; an asynchronous context manager. Methods raise LivetestError."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise LivetestError("The address must look like http://127.0.0.1:8000.")
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._base = self.origin + parts.path.rstrip("/")
        self.socket_origin = self.origin.replace("http", "ws", 1)
        self.socket_base = self._base.replace("http", "ws", 1)
        # A proxy in the environment cannot reach servers on this machine.
        self.is_local = parts.hostname in _LOCAL
        self._http = httpx.AsyncClient(base_url=self._base, timeout=15, trust_env=not self.is_local)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.aclose()

    @property
    def cookie(self) -> str:
        """The Cookie header of a request."""
        return "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())

    async def log_in(self, username: str, password: str) -> None:
        form = await self._request("GET", _LOGIN)
        token = _TOKEN.search(form.text)
        if form.status_code in {301, 302, 307, 308}:
            raise LivetestError(
                f"The server sends {self._base} on to {form.headers.get('location', '?')}: use that."
            )
        if form.status_code != 200 or token is None:
            raise LivetestError(f"{self._base}{_LOGIN} is no login page (HTTP {form.status_code}).")
        fields = {"csrfmiddlewaretoken": token[1], "login": username, "password": password}
        reply = await self._request("POST", _LOGIN, data=fields)
        if reply.status_code == 429:
            raise LivetestError("Too many failed logins: the server asks to wait some minutes.")
        if reply.status_code == 403:
            raise LivetestError(f"The server does not accept forms from {self.origin}: see ALLOWED_ORIGINS.")
        if reply.status_code != 302:
            raise LivetestError("The server did not accept this user name and password.")
        onward = reply.headers.get("location", "")
        if "/accounts/" in onward:
            raise LivetestError(
                f"The server wants one more step from this user, at {onward}: use another user."
            )

    async def new_dictation(self, title: str, language: str) -> Dictation:
        token = next((value for name, value in self._http.cookies.items() if name.endswith("csrftoken")), "")
        headers = {"X-CSRFToken": token, "Accept": "application/json"}
        reply = await self._request(
            "POST", "/sessions/", data={"title": title, "language": language}, headers=headers
        )
        if reply.status_code != 201:
            raise LivetestError(_refusal(reply))
        try:
            made = reply.json()
            return Dictation(str(made["id"]), str(made["socket"]))
        except (ValueError, KeyError, TypeError) as error:
            raise LivetestError("The server's answer to a new session cannot be read.") from error

    async def _request(
        self,
        method: str,
        path: str,
        *,
        data: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        own = {"Origin": self.origin, "Referer": self._base + path}
        try:
            return await self._http.request(method, path, data=data, headers=own | (headers or {}))
        except httpx.ConnectError as error:
            raise LivetestError(f"Nothing answers at {self.origin}: is the server running there?") from error
        except httpx.TimeoutException as error:
            raise LivetestError(f"{self.origin} did not answer in time.") from error
        except httpx.HTTPError as error:
            raise LivetestError(f"{self.origin} cannot be used: {error}.") from error


def _refusal(reply: httpx.Response) -> str:
    """Why the server made no session: its own message if it has one."""
    try:
        data = reply.json()
    except ValueError:
        data = None
    if isinstance(data, dict):
        for value in (data.get("message"), data.get("error")):
            if isinstance(value, str):
                return value
            if isinstance(value, dict) and isinstance(value.get("message"), str):
                return str(value["message"])
    return f"The server made no session (HTTP {reply.status_code})."
