"""Passes TCP connections on, in a process of its own: to stores behind an address, and to web processes that are ready.

python -m tests.machines.relay LISTEN TO…: each LISTEN is host:port, and each TO a path of a socket or host:port; of
several, the next that does not drain, or else the next that can be reached.
"""

import asyncio
import sys
from contextlib import closing, suppress
from itertools import count

_LOOK_SECONDS = 0.25
_ANSWER_SECONDS = 1.0


class Relay:
    """One address and those behind it."""

    def __init__(self, targets: list[str]) -> None:
        self._targets = targets
        self._turns = count()
        self._ready = set(targets)

    async def serve(self, listen: str) -> None:
        host, _, port = listen.rpartition(":")
        async with await asyncio.start_server(self._pass_on, host, int(port)) as server:
            if len(self._targets) == 1:
                await server.serve_forever()
            while True:
                for target in self._targets:
                    if await _is_ready(target):
                        self._ready.add(target)
                    else:
                        self._ready.discard(target)
                await asyncio.sleep(_LOOK_SECONDS)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            answers, other = await self._connect()
            with closing(other):
                ways = [
                    asyncio.create_task(_copy(reader, other)),
                    asyncio.create_task(_copy(answers, writer)),
                ]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        ready = sorted(self._ready) or self._targets
        turn = next(self._turns)
        for number in range(len(ready)):
            with suppress(OSError):
                return await _open(ready[(turn + number) % len(ready)])
        raise ConnectionRefusedError


async def _open(target: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target)
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _is_ready(target: str) -> bool:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await _open(target)
            with closing(writer):
                writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return b'"web": "ok"' in await reader.read()
    return False


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await source.read(65536):
            target.write(part)
            await target.drain()


async def main(arguments: list[str]) -> None:
    listen, *targets = arguments
    await Relay(targets).serve(listen)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
