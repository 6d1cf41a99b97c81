import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from captions.benchmarks.livetest.errors import LivetestError
from captions.benchmarks.livetest.inbox import Inbox, is_end

Talk = Callable[[ServerConnection], Awaitable[None]]
Open = Callable[[Talk], Awaitable[Inbox]]


@pytest.fixture
async def open_inbox() -> AsyncIterator[Open]:
    """An inbox on a socket whose other end does as the test says."""
    async with asyncio.timeout(60):
        stack: list[Any] = []

        async def make(talk: Talk) -> Inbox:
            server = await serve(talk, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            socket = await connect(f"ws://127.0.0.1:{port}/", proxy=None)
            inbox = Inbox(socket)
            stack.extend([inbox, socket, server])
            return inbox

        yield make
        for opened in stack[:2]:
            await opened.close()
        stack[2].close()
        await stack[2].wait_closed()


def says(*messages: dict[str, Any], then: Talk | None = None) -> Talk:
    async def talk(socket: ServerConnection) -> None:
        for message in messages:
            await socket.send(json.dumps(message))
        if then is None:
            await socket.wait_closed()
        else:
            await then(socket)

    return talk


READY = {"type": "ready", "gen": 0}


async def test_a_message_is_found_whenever_it_came(open_inbox: Open) -> None:
    inbox = await open_inbox(says(READY, {"type": "answer", "gen": 1}))
    assert (await inbox.wait(lambda m: m["type"] == "answer", 5, "no"))["gen"] == 1
    assert await inbox.wait(lambda m: m["type"] == "ready", 5, "no") == READY
    assert [message["type"] for _, message in inbox.messages] == ["ready", "answer"]
    with pytest.raises(LivetestError, match=r"no more \(after 0.1 s\)"):
        await inbox.wait(lambda m: m["type"] == "ready", 0.1, "no more", after=1)


async def test_an_error_is_told_in_the_servers_words(open_inbox: Open) -> None:
    inbox = await open_inbox(
        says(READY, {"type": "error", "code": "busy", "message": "Every worker is busy."})
    )
    with pytest.raises(LivetestError, match="Every worker is busy"):
        await inbox.wait(lambda m: m["type"] == "answer", 5, "no")


async def test_a_socket_that_closes(open_inbox: Open) -> None:
    inbox = await open_inbox(says(READY, then=lambda socket: socket.close(4001, "logged out")))
    with pytest.raises(LivetestError, match="4001 logged out"):
        await inbox.wait(lambda m: m["type"] == "answer", 5, "no")


async def test_what_is_no_message(open_inbox: Open) -> None:
    inbox = await open_inbox(lambda socket: socket.send("hello"))
    with pytest.raises(LivetestError, match="no message"):
        await inbox.wait(lambda m: m["type"] == "ready", 5, "no")


async def test_an_end_before_its_time_cuts_work_short(open_inbox: Open) -> None:
    inbox = await open_inbox(says(READY, {"type": "media", "state": "ended", "reason": "limit"}))
    with pytest.raises(LivetestError, match="limit"):
        await inbox.during(asyncio.sleep(60))
    assert is_end(await inbox.wait(is_end, 5, "no"))


async def test_work_that_is_done_is_not_cut_short(open_inbox: Open) -> None:
    inbox = await open_inbox(says(READY))
    await inbox.during(asyncio.sleep(0.01))
