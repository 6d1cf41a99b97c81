"""Sound that is pushed at once to a server that answers as `/v1/listen` does."""

import asyncio
import json

import numpy as np
import pytest
from websockets.asyncio.server import ServerConnection, serve

from captions.benchmarks.livetest.account import Account
from captions.benchmarks.livetest.errors import LivetestError
from captions.benchmarks.livetest.pusher import RATE, Pusher, endless, pushing


class Listen:
    """Takes all sound, and says that it heard three seconds; or, told a sentence, refuses."""

    def __init__(self, refusal: str = "") -> None:
        self.refusal = refusal
        self.path = self.token = ""
        self.sound = b""
        self.heard = asyncio.Event()

    async def __call__(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.path, self.token = socket.request.path, socket.request.headers["Authorization"]
        if self.refusal:
            await socket.send(json.dumps({"type": "Error", "description": self.refusal}))
            return
        async for message in socket:
            if isinstance(message, str):
                assert json.loads(message) == {"type": "CloseStream"}
                break
            self.sound += message
        for end, is_final in ((3, True), (9, False)):
            await socket.send(
                json.dumps({"type": "Results", "is_final": is_final, "start": 1, "duration": end - 1})
            )
        await socket.send(json.dumps({"type": "Metadata"}))
        self.heard.set()


async def push(listen: Listen, *, base: str = "") -> Pusher:
    async with serve(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with Account(f"http://127.0.0.1:{port}{base}") as account:
            pusher = Pusher(account, "a-token", np.arange(2 * RATE, dtype=np.int16), language="en")
            async with asyncio.timeout(10):
                await pusher.run()
    return pusher


async def test_everything_is_pushed_and_what_was_heard_is_counted() -> None:
    listen = Listen()
    pusher = await push(listen, base="/dictation/")
    assert listen.path == "/dictation/v1/listen?encoding=linear16&sample_rate=16000&language=en"
    assert listen.token == "Token a-token"
    assert np.array_equal(np.frombuffer(listen.sound, "<i2"), np.arange(2 * RATE, dtype=np.int16))
    assert pusher.speed > 0.3


async def test_a_refusal_is_told_in_the_servers_words() -> None:
    with pytest.raises(LivetestError, match="beside the streams: No such token"):
        await push(Listen("No such token."))


async def test_what_went_wrong_beside_is_told_at_the_end(unused_tcp_port: int) -> None:
    async with Account(f"http://127.0.0.1:{unused_tcp_port}") as account:
        pusher = Pusher(account, "a-token", np.zeros(RATE, np.int16), language="")
        with pytest.raises(LivetestError, match="No sound can be pushed"):
            async with pushing(pusher) as task:
                await asyncio.wait([task])


def test_sounds_are_repeated_in_turn() -> None:
    one, two = np.full(RATE, 1, np.int16), np.full(RATE, 2, np.int16)
    assert endless([one, two], 3).tolist() == [*one, *two, *one]
