"""Bodies of requests, without a network."""

import asyncio
from typing import Any

import pytest

from captions.web.body_limit import STRANGER_BYTES
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


def begun(asked: Asked, length: int | None) -> StreamingRequest:
    """A request of which the head came in."""
    server = StreamingServer(asked, endpoints=["tcp:0"])
    server.connections = {}
    request = StreamingRequest(Channel(server), True)
    request.clientproto, request.method, request.uri, request.path = b"HTTP/1.1", b"POST", b"/", b"/"
    request.client = request.host = None
    request.gotLength(length)
    return request


def sent(asked: Asked, body: bytes) -> StreamingRequest:
    """A request that came in whole."""
    request = begun(asked, len(body))
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


@pytest.mark.django_db
@pytest.mark.parametrize("is_known", [True, False])
@pytest.mark.parametrize("states_length", [True, False])
async def test_of_a_stranger_no_large_body_is_kept(
    monkeypatch: pytest.MonkeyPatch, is_known: bool, states_length: bool
) -> None:
    seen: list[str] = []

    def may_be_long(path: str, headers: Any) -> bool:
        seen.append(f"{path} {headers['authorization']}")
        return is_known

    monkeypatch.setattr(StreamingRequest, "may_be_long", staticmethod(may_be_long), raising=False)
    asked = Asked()
    body, rest = bytes(STRANGER_BYTES), b"x" * 100_000
    request = begun(asked, len(body) + len(rest) if states_length else None)
    request.requestHeaders.addRawHeader(b"Authorization", b"Bearer wsp_a")
    request.handleContentChunk(body)
    assert not request.channel.is_paused, "a form of a page"
    request.handleContentChunk(rest[:1])
    assert request.channel.is_paused
    request.handleContentChunk(rest[1:50_000])
    assert request._asking is not None
    await request._asking
    assert (request.channel.is_paused, seen) == (False, ["/ Bearer wsp_a"])
    assert request.content.tell() == (len(body) + 50_000 if is_known else 0)
    request.handleContentChunk(rest[50_000:])
    request.process()
    asked.may_read.set()
    await asyncio.wait_for(asked.is_over.wait(), 10)
    assert b"".join(message["body"] for message in asked.given) == (body + rest if is_known else b"")


async def test_a_body_that_was_whole_before_its_sender_was_known_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(StreamingRequest, "may_be_long", staticmethod(lambda *_: False), raising=False)
    asked = Asked()
    body = bytes(STRANGER_BYTES + 1)
    request = sent(asked, body)
    assert request._asking is not None
    await request._asking
    asked.may_read.set()
    await asyncio.wait_for(asked.is_over.wait(), 10)
    assert b"".join(message["body"] for message in asked.given) == body
