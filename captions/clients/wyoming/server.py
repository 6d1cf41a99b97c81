"""A server of the Wyoming protocol: one account, no password, a few connections. For a network that is trusted."""

import asyncio

import structlog
from django.db import DatabaseError
from django.utils.translation import gettext as _
from redis import RedisError

from ... import metrics
from ...core.cancellation import cancel_and_wait
from ...dialects import wyoming
from ...dialects.wyoming import WyomingError
from ...protocol.messages import MessageError
from ...tokens.endpoint import request_number
from ..named_account import NoAccountError, named_account
from .connection import Connection
from .describing import described
from .recording import Recording

log = structlog.get_logger(__name__)

_DIALECT = "wyoming"


class WyomingServer:
    """Answers `describe`, and transcribes one recording a connection for the account `username`.

    `kept` says whether what is said goes into its history.
    """

    def __init__(
        self, username: str, *, kept: bool, most_connections: int = 16, most_seconds: float = 300.0
    ) -> None:
        self._username = username
        self._kept = kept
        self._most_connections = most_connections
        self._most_seconds = most_seconds
        self._recordings: dict[asyncio.Task[None], Recording | None] = {}
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> int:
        """Listens, and returns the port. Raises OSError."""
        self._server = await asyncio.start_server(self._connected, host, port, limit=wyoming.MOST_LINE_BYTES)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self, drain_seconds: float = 0.0) -> None:
        """Takes no more connections, and gives the recordings that have begun this long to end."""
        if self._server is not None:
            self._server.close()
        busy = [task for task, each in self._recordings.items() if each is not None and each.has_begun]
        await cancel_and_wait([task for task in self._recordings if task not in busy])
        if busy:
            await asyncio.wait(busy, timeout=drain_seconds)
        await cancel_and_wait(list(self._recordings))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._recordings) >= self._most_connections:
            log.warning("wyoming_too_many_connections")
            writer.write(wyoming.packed("error", text="Too many connections.", code="busy"))
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        self._recordings[task] = None
        metrics.API_SOCKETS.labels(_DIALECT).inc()
        connection = Connection(reader, writer)
        try:
            with structlog.contextvars.bound_contextvars(request=request_number(), dialect=_DIALECT):
                await self._serve(connection, task)
                await connection.hang_up()
        finally:
            connection.abort()
            metrics.API_SOCKETS.labels(_DIALECT).dec()
            del self._recordings[task]

    async def _serve(self, connection: Connection, task: asyncio.Task[None]) -> None:
        """Serves it until its end, or until an error was said; to a client that waits, only an end says that."""
        outcome = "refused"
        try:
            user = await named_account(self._username)
            recording = self._recordings[task] = Recording(
                user,
                kept=self._kept,
                most_seconds=self._most_seconds,
                say=connection.say,
                say_growth=connection.say_growth,
            )
            try:
                await self._converse(connection, recording)
            finally:
                await recording.close()
            outcome = "taken"
        except OSError:
            outcome = "lost"
        except (WyomingError, NoAccountError) as error:
            connection.fail("malformed" if isinstance(error, WyomingError) else "no_account", str(error))
        except MessageError as error:
            connection.fail(error.code, error.message)
        except (RedisError, DatabaseError) as error:
            outcome = "failed"
            log.error("store_outage", error=type(error).__name__)
            sentence = _("A part of the server cannot be reached at the moment. Try again in a minute.")
            connection.fail("unavailable", sentence)
        except Exception as error:
            outcome = "failed"
            log.error("request_failed", exc_info=error)
            connection.fail("failed", _("The server failed. It has been logged."))
        finally:
            metrics.API_MESSAGES.labels(_DIALECT, outcome).inc()

    async def _converse(self, connection: Connection, recording: Recording) -> None:
        while (event := await connection.read()) is not None:
            match event.type:
                case "describe":
                    await connection.answer(await described())
                case "ping":
                    text = event.data.get("text")
                    await connection.answer(wyoming.packed("pong", **({"text": text} if text else {})))
                case "audio-stop":
                    await recording.stop()
                    return
                case _:
                    await recording.take(event)
