"""Sockets of programs as the web process serves them: sound that comes faster than it is heard, and close codes."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.conftest import REPOSITORY, new_product_env
from tests.processes import until

MEGABYTE = 1 << 20
SECOND = 32_000
"""Bytes of sound."""


@pytest.fixture(scope="module")
def port(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("slow")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with new_product_env(postgres_url, folder / "var", redis_db=3) as environment:
        # A program that is made to wait is not pinged, nor missed.
        environment |= {"PING_SECONDS": "1", "PING_TIMEOUT_SECONDS": "1"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.web.slow_listener", str(port)], cwd=REPOSITORY, env=environment
        )
        until(lambda: _answers(port), "the server answers")
        yield port
        process.terminate()
        process.wait(60)


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def program(port: int, path: str = "v1/listen", **options: object) -> connect:
    return connect(f"ws://127.0.0.1:{port}/{path}", max_size=None, proxy=None, **options)  # type: ignore[arg-type]


async def report(connection: ClientConnection) -> list[int]:
    await connection.send("report")
    heard: list[int] = json.loads(await asyncio.wait_for(connection.recv(), 60))
    return heard


async def push(connection: ClientConnection, pieces: int, size: int) -> None:
    piece = bytes(size)
    for _ in range(pieces):
        await connection.send(piece)


async def push_and_listen(connection: ClientConnection, pieces: int, size: int) -> None:
    await push(connection, pieces, size)
    await connection.recv()


async def test_a_message_of_the_greatest_length_is_heard(port: int) -> None:
    async with program(port) as connection:
        await push(connection, 1, MEGABYTE)
        assert (await report(connection))[:2] == [1, MEGABYTE]


async def test_a_longer_one_is_refused_and_costs_nothing(port: int) -> None:
    async with program(port) as first, program(port) as connection:
        before = (await report(first))[2]
        with pytest.raises(ConnectionClosed) as caught:
            await push_and_listen(connection, 1, 50 * MEGABYTE)
        assert caught.value.rcvd is None or caught.value.rcvd.code == 1009
        assert (await report(first))[2] - before < 5 * MEGABYTE


async def test_the_limit_of_a_page_stays(port: int) -> None:
    async with program(port, "page") as connection:
        await push(connection, 1, 131_072)
        assert (await report(connection))[:2] == [1, 131_072]
        with pytest.raises(ConnectionClosed):
            await push_and_listen(connection, 1, 131_073)


@pytest.mark.parametrize(("pieces", "size", "pause"), [(3000, 640, 0.001), (60, MEGABYTE, 0.02)])
async def test_nothing_is_lost_and_little_held_of_what_comes_too_fast(
    port: int, pieces: int, size: int, pause: float
) -> None:
    async with program(port) as watching, program(port) as connection:
        before = (await report(watching))[2]
        await connection.send(f"pause {pause}")
        pushing = asyncio.create_task(push(connection, pieces, size))
        most = 0
        while not pushing.done():
            most = max(most, (await report(watching))[2] - before)
            await asyncio.sleep(0.05)
        heard = await report(connection)
    assert heard[:2] == [pieces, pieces * size]
    assert most < 8 * MEGABYTE


async def test_a_program_that_waits_long_is_neither_cut_off_nor_missed(port: int) -> None:
    # Both sides ping, and neither gives up although nothing is read for seconds.
    async with program(port, ping_interval=1, ping_timeout=20) as connection:
        await connection.send("pause 0.05")
        began = time.monotonic()
        await push(connection, 130, SECOND)
        assert (await report(connection))[:2] == [130, 130 * SECOND]
        assert time.monotonic() - began > 5


async def test_a_page_that_sends_too_much_is_cut_off(port: int) -> None:
    async with program(port, "page") as connection:
        await connection.send("pause 5")
        with pytest.raises(ConnectionClosed):
            await push_and_listen(connection, 1000, 1)


@pytest.mark.parametrize("code", [1000, 1008, 1011, 1012, 4401])
@pytest.mark.parametrize("path", ["v1/listen", "page"])
async def test_every_code_arrives_with_its_reason(port: int, path: str, code: int) -> None:
    async with program(port, path) as connection:
        await connection.send(f"close {code}")
        with pytest.raises(ConnectionClosed) as caught:
            await connection.recv()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == code
    assert caught.value.rcvd.reason.startswith("Why: üWhy")


async def test_closing_reaches_a_program_that_waits(port: int) -> None:
    async with program(port) as connection:
        await connection.send("pause 0.2")
        await push(connection, 5, 640)
        await connection.send("close 4401")
        with pytest.raises(ConnectionClosed) as caught:
            await push(connection, 2000, 64_000)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 4401
