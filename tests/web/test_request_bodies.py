"""Bodies of requests, without a network."""

import asyncio
from typing import Any

from captions.web.event_streams import StreamingRequest, StreamingServer

from .test_event_streams import Channel

BODY = bytes(range(256)) * 4_000


class Asked:
    """An application that notes what it is given, up to the end of the body and the message after that."""

    def __init__(self) -> None:
        self.given: list[dict[str, Any]] = []
        self.may_read = asyncio.Event()
        self.is_over = asyncio.Event()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert set(scope) >= {"type", "path"}
        assert not any("body" in name for name in scope)
        await self.may_read.wait()
        while not self.given or self.given[-1].get("more_body"):
            self.given.append(await receive())
        self.is_over.set()
        self.given.append(await receive())


def sent(asked: Asked, body: bytes) -> StreamingRequest:
    """A request that came in whole."""
    server = StreamingServer(asked, endpoints=["tcp:0"])
    server.connections = {}
    request = StreamingRequest(Channel(server), True)
    request.clientproto, request.method, request.uri, request.path = b"HTTP/1.1", b"POST", b"/", b"/"
    request.client = request.host = None
    request.gotLength(len(body))
    request.handleContentChunk(body)
    request.process()
    return request


async def test_a_body_comes_in_pieces_and_does_not_lie_in_the_memory() -> None:
    asked = Asked()
    request = sent(asked, BODY)
    assert request.application_queue.qsize() == 1
    asked.may_read.set()
    await asyncio.wait_for(asked.is_over.wait(), 60)
    assert b"".join(message["body"] for message in asked.given) == BODY
    assert max(len(message["body"]) for message in asked.given) < 100_000
    assert request.application_queue.empty()


async def test_a_body_of_whole_pieces_and_none() -> None:
    for body in (b"", bytes(2 * 65_536)):
        asked = Asked()
        sent(asked, body)
        asked.may_read.set()
        await asyncio.wait_for(asked.is_over.wait(), 60)
        assert b"".join(message["body"] for message in asked.given) == body


async def test_a_client_that_goes_away_is_no_empty_body() -> None:
    asked = Asked()
    request = sent(asked, BODY)
    request.send_disconnect()
    request.content.close()
    asked.may_read.set()
    await asyncio.wait_for(asked.is_over.wait(), 60)
    assert asked.given[0]["type"] == "http.disconnect"
