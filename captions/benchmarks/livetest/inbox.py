"""Receives the messages of a socket, with their times of arrival, and waits for particular ones."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from .errors import LivetestError

Message = dict[str, Any]


class Inbox:
    """Reads a socket until `close`.

    Methods that wait raise LivetestError when the socket closes or an `error` message arrives.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._news = asyncio.Event()
        # (arrival in monotonic seconds, message)
        self.messages: list[tuple[float, Message]] = []
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def wait(
        self, wanted: Callable[[Message], bool], seconds: float, otherwise: str, *, after: int = 0
    ) -> Message:
        """The first message that is `wanted`, not counting the first `after` messages.

        Raises LivetestError with the sentence `otherwise` after `seconds`.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._find(wanted, after)
        except TimeoutError as error:
            raise LivetestError(f"{otherwise} (after {seconds:g} s).") from error

    async def during(self, work: Coroutine[Any, Any, Any]) -> None:
        """Waits for `work`. Raises LivetestError if the session ends before."""
        working = asyncio.create_task(work)
        ending = asyncio.create_task(self._find(is_end))
        try:
            await asyncio.wait([working, ending], return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                reason = ending.result().get("reason")
                raise LivetestError(f"The server ended the session before its time: {reason}.")
        finally:
            working.cancel()
            ending.cancel()

    async def _find(self, wanted: Callable[[Message], bool], seen: int = 0) -> Message:
        while True:
            self._news.clear()
            for _, message in self.messages[seen:]:
                seen += 1
                if wanted(message):
                    return message
                if message["type"] == "error":
                    raise LivetestError(str(message["message"]))
            if self._reader.done():
                self._reader.result()
            news = asyncio.create_task(self._news.wait())
            try:
                await asyncio.wait([news, self._reader], return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                message = json.loads(text)
                message["type"]
                self.messages.append((time.monotonic(), message))
                self._news.set()
        except ConnectionClosed as error:
            said = f"{error.rcvd.code} {error.rcvd.reason}".strip() if error.rcvd else "without a word"
            raise LivetestError(f"The server closed the socket of the session: {said}.") from error
        except (ValueError, KeyError, TypeError) as error:
            raise LivetestError("The server said something that is no message of this protocol.") from error
        raise LivetestError("The server closed the socket of the session.")


def is_end(message: Message) -> bool:
    return bool(message["type"] == "media" and message["state"] == "ended")
