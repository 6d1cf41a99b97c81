"""Streams as the web process really serves them: many readers, one that does not read, and processes that end."""

import asyncio
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from channels_redis.core import RedisChannelLayer
from redis import Redis

from captions.audience import keys
from captions.benchmarks.livetest.account import Account
from captions.protocol import messages
from captions.protocol.commands import group
from tests.audience.support import Event, parse
from tests.conftest import new_product_env
from tests.e2e.product import PASSWORD, Product
from tests.processes import until
from tests.toy import TOY_MODEL

FINALS = 2_000


@pytest.fixture(scope="module")
def web(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("web")
    with new_product_env(postgres_url, folder / "var", redis_db=3) as environment:
        product = Product(
            environment | {"PING_TIMEOUT_SECONDS": "2", "WEB_DRAIN_SECONDS": "5"}, folder, TOY_MODEL
        )
        product.prepare()
        product.add_user("maren")
        start(product)
        yield product
        product.stop("web")


def start(product: Product) -> None:
    product.start("web")
    until(lambda: product.answers("/healthz"), "the web process answers")


class Shared:
    """A session of its own, with a share link."""

    def __init__(self, product: Product, session: str, key: str) -> None:
        self.product = product
        self.session = session
        self.path = f"/captions/{session}/events?key={key}"
        self.key = key

    def say(self, first: int, last: int, text: str = "A sentence.") -> None:
        """Saves finals, as the audio worker does."""
        with self.product.database() as database:
            database.execute(
                """INSERT INTO captions_utterance
                       (session_id, key, seq, start_ms, end_ms, text, words, language, created_at)
                   SELECT %s, gen_random_uuid(), n, n * 1000, n * 1000 + 900, %s, '[]', 'en', now()
                   FROM generate_series(%s::int, %s::int) AS n""",
                [self.session, text, first, last],
            )

    async def publish(self, message: dict[str, Any]) -> None:
        layer = RedisChannelLayer(hosts=[self.product.environment["REDIS_URL"]], prefix="whisperstream")
        await layer.group_send(group(self.session), {"type": "session.event", "payload": message})
        await layer.close_pools()

    def places(self) -> int:
        with Redis.from_url(self.product.environment["REDIS_URL"]) as redis:
            return int(redis.zcard(f"whisperstream:streams:session:{self.session}"))

    @asynccontextmanager
    async def reading(self, last_event_id: str = "", path: str = "") -> AsyncIterator[AsyncIterator[Event]]:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        async with (
            httpx.AsyncClient(base_url=self.product.url, timeout=60, trust_env=False) as http,
            http.stream("GET", path or self.path, headers=headers) as response,
        ):
            assert response.status_code == 200, await response.aread()
            yield events(response)


async def events(response: httpx.Response) -> AsyncIterator[Event]:
    waiting = ""
    async for text in response.aiter_text():
        *whole, waiting = (waiting + text).split("\n\n")
        for block in whole:
            if event := parse(block):
                yield event


async def finals(reading: AsyncIterator[Event], count: int) -> list[Event]:
    found = []
    async for event in reading:
        if event.name == "final":
            found.append(event)
            if len(found) == count:
                return found
    raise AssertionError(f"{len(found)} finals, and then the end")


@pytest.fixture
async def shared(web: Product) -> Shared:
    async with Account(web.url) as account:
        await account.log_in("maren", PASSWORD)
        dictation = await account.new_dictation("", "en")
    key = keys.new()
    with web.database() as database:
        database.execute(
            """INSERT INTO captions_share
                   (session_id, digest, shown, partials, frame_ancestors, created_at)
               VALUES (%s, %s, 'abcd', true, '', now())""",
            [dictation.id, keys.digest(key)],
        )
    return Shared(web, dictation.id, key)


def log(product: Product) -> str:
    return (product.logs / "web.log").read_text()


async def test_fifty_people_read_one_session(shared: Shared) -> None:
    # More than there are connections to the database.
    shared.say(1, 20)
    everybody = asyncio.Barrier(51)

    async def view() -> list[str]:
        async with shared.reading() as reading:
            before = await finals(reading, 20)
            await everybody.wait()
            return [event.id for event in before + await finals(reading, 1)]

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        viewers = [group.create_task(view()) for _ in range(50)]
        await everybody.wait()
        assert shared.places() == 50
        shared.say(21, 21)
        await shared.publish(
            messages.final(
                seq=21,
                utterance="u",
                start_ms=21_000,
                end_ms=21_900,
                text="A sentence.",
                words=[],
                confidence=None,
                language="en",
            )
        )
    assert {tuple(viewer.result()) for viewer in viewers} == {tuple(f"{seq}.1" for seq in range(1, 22))}
    # Everybody has left, and that was noticed at once.
    await asyncio.to_thread(until, lambda: not shared.places(), "no place is taken", 10)
    assert "reader_too_slow" not in log(shared.product)


async def test_a_reader_that_does_not_read_is_cut_off_and_goes_on_by_the_last_id(shared: Shared) -> None:
    shared.say(1, FINALS, "word " * 400)
    taken = await asyncio.to_thread(_read_late, shared)
    *whole, _broken = taken.split("\n\n")
    got = [event for event in map(parse, whole) if event and event.name == "final"]
    assert 0 < len(got) < FINALS
    async with shared.reading(got[-1].id) as reading:
        got += await finals(reading, FINALS - len(got))
    assert [event.id for event in got] == [f"{seq}.1" for seq in range(1, FINALS + 1)]
    await asyncio.to_thread(until, lambda: not shared.places(), "no place is taken", 10)


def _read_late(shared: Shared) -> str:
    """What the kernels held of a stream of which nothing was read until it was cut off."""
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        reader.connect(("127.0.0.1", shared.product.port))
        reader.sendall(f"GET {shared.path} HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n".encode())
        until(lambda: "reader_too_slow" in log(shared.product), "the server gives up")
        parts = []
        try:
            while part := reader.recv(65_536):
                parts.append(part)
        except ConnectionResetError:
            pass
    return b"".join(parts).decode(errors="ignore").partition("\r\n\r\n")[2]


async def test_a_slow_reader_gets_everything(shared: Shared) -> None:
    shared.say(1, 300, "word " * 400)
    async with shared.reading() as reading:
        seen = []
        for _ in range(6):
            seen += await finals(reading, 50)
            await asyncio.sleep(0.2)
    assert [event.id for event in seen] == [f"{seq}.1" for seq in range(1, 301)]


async def test_readers_of_a_process_that_is_killed_go_on_elsewhere(shared: Shared) -> None:
    shared.say(1, 3)
    async with shared.reading() as reading:
        got = await finals(reading, 3)
        shared.product.kill("web")
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(reading)
    shared.say(4, 6)
    await asyncio.to_thread(start, shared.product)
    async with shared.reading(got[-1].id) as reading:
        got += await finals(reading, 3)
    assert [event.id for event in got] == [f"{seq}.1" for seq in range(1, 7)]


async def test_readers_of_a_process_that_stops_are_sent_elsewhere(shared: Shared) -> None:
    shared.say(1, 3)
    async with shared.reading() as reading:
        await finals(reading, 3)
        stopping = threading.Thread(target=shared.product.stop, args=("web",))
        stopping.start()
        # It ends as an answer should, and without `end`.
        rest = [event.name async for event in reading]
    assert rest == []
    await asyncio.to_thread(stopping.join)
    await asyncio.to_thread(start, shared.product)


async def test_the_key_of_a_link_stays_out_of_the_log(shared: Shared) -> None:
    async with httpx.AsyncClient(base_url=shared.product.url, trust_env=False) as http:
        for path in (shared.path, f"/captions/{shared.session}/?key={shared.key}"):
            wrong = path.replace(shared.key, secrets.token_hex(11))
            assert (await http.get(wrong)).status_code in (403, 404)
            assert (await http.post(path)).status_code in (403, 404, 405)
    shared.say(1, 1)
    async with shared.reading() as reading:
        await finals(reading, 1)
    assert shared.key not in log(shared.product)
    assert "key=" not in log(shared.product)
