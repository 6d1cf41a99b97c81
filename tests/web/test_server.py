"""The socket as the web process really serves it: sizes, origins, and a client that does not read."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from captions.benchmarks.livetest.account import Account
from tests.conftest import new_product_env
from tests.e2e.product import PASSWORD, Product
from tests.processes import until
from tests.toy import TOY_MODEL

FINALS = 3_000


@pytest.fixture(scope="module")
def web(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("web")
    with new_product_env(postgres_url, folder / "var", redis_db=3) as environment:
        product = Product(environment, folder, TOY_MODEL)
        product.prepare()
        product.add_user("maren")
        product.start("web")
        until(lambda: product.answers("/healthz"), "the web process answers")
        yield product
        product.stop("web")


class Browser:
    """A login and a session of its own, for sockets."""

    def __init__(self, product: Product, account: Account, session: str) -> None:
        self.product = product
        self.session = session
        self._address = f"ws://127.0.0.1:{product.port}/ws/sessions/{session}/"
        self._cookie = {"Cookie": account.cookie}

    def socket(self, origin: str | None = None, **options: Any) -> connect:
        return connect(
            self._address,
            origin=origin or self.product.url,  # type: ignore[arg-type]
            additional_headers=self._cookie,
            max_size=None,
            proxy=None,
            **options,
        )


@pytest.fixture
async def maren(web: Product) -> AsyncIterator[Browser]:
    async with Account(web.url) as account:
        await account.log_in("maren", PASSWORD)
        dictation = await account.new_dictation("", "en")
        yield Browser(web, account, dictation.id)


async def hear(connection: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            message: dict[str, Any] = json.loads(await connection.recv())
            if message["type"] == kind:
                return message


async def test_a_message_too_long_gets_a_sentence_and_costs_nothing(maren: Browser) -> None:
    async with maren.socket() as connection:
        await connection.send(json.dumps({"type": "pause", "filler": "x" * 70_000}))
        error = await hear(connection, "error")
        assert (error["code"], error["message"]) == ("too_large", "A message may have 65536 bytes at most.")
        await connection.send('{"type": "stop"}')
        assert (await hear(connection, "media"))["state"] == "ended"


async def test_a_message_far_too_long_is_cut_off(maren: Browser) -> None:
    async with maren.socket() as connection:
        await hear(connection, "ready")
        await connection.send("x" * 200_000)
        with pytest.raises(ConnectionClosed):
            await connection.recv()
    async with maren.socket() as connection:
        assert (await hear(connection, "ready"))["state"] == "new"


async def test_another_origin_is_refused_during_the_handshake(maren: Browser) -> None:
    with pytest.raises(InvalidStatus) as caught:
        async with maren.socket("http://evil.example"):
            pass
    assert caught.value.response.status_code == 403


async def test_a_client_that_does_not_read_is_cut_off_and_loses_nothing(maren: Browser) -> None:
    with maren.product.database() as database:
        database.execute(
            """INSERT INTO captions_utterance
                   (session_id, key, seq, start_ms, end_ms, text, words, language, created_at)
               SELECT %s, gen_random_uuid(), n, n * 1000, n * 1000 + 900, repeat('word ', 400), '[]', 'en', now()
               FROM generate_series(1, %s) AS n""",
            [maren.session, FINALS],
        )
    async with idle_socket(maren) as connection:
        for _ in range(10):
            await connection.send('{"type": "sync", "after_seq": 0}')
        # What the kernel and the client hold is read at the end; then the cut shows.
        await asyncio.to_thread(until, lambda: "client_too_slow" in log(maren), "the server gives up")
    async with maren.socket() as connection:
        await connection.send('{"type": "sync", "after_seq": 0}')
        seqs = [(await hear(connection, "final"))["seq"] for _ in range(FINALS)]
    assert seqs == list(range(1, FINALS + 1))


async def test_the_vocabulary_is_kept_and_stays_out_of_the_log(maren: Browser) -> None:
    offer = {"type": "offer", "gen": 1, "sdp": "v=0\r\n"}
    async with maren.socket() as connection:
        # Without a word, only a session that its person has named is kept.
        with maren.product.database() as database:
            database.execute("UPDATE captions_session SET title = 'Named' WHERE id = %s", [maren.session])
        bad = {"vocabulary": ["Quetzalcoatl", "Quetzalcoatl\u202e"]}
        await connection.send(json.dumps({**offer, "settings": bad}))
        error = await hear(connection, "error")
        assert error["message"] == "Entry 2 of the vocabulary contains an invisible character."
        await connection.send(json.dumps({**offer, "settings": {"vocabulary": ["Quetzalcoatl"]}}))
        await connection.send('{"type": "stop"}')
        await hear(connection, "media")
    with maren.product.database() as database:
        kept = database.execute("SELECT vocabulary FROM captions_session WHERE id = %s", [maren.session])
        assert kept.fetchone() == (["Quetzalcoatl"],)
    assert maren.session in log(maren)
    assert "quetzal" not in log(maren).lower()


@pytest.mark.parametrize("in_chunks", [False, True])
def test_a_large_body_is_taken_of_whoever_has_a_token(web: Product, in_chunks: bool) -> None:
    scopes = ["--scope", "transcribe", "--scope", "live"]
    token = web.manage("token", "--username", "maren", *scopes).split()[-1]
    body = b"no sound" * 500_000

    def answered(token: str, path: str = "/v1/listen") -> tuple[int, Any]:
        content = iter([body[:3_000_000], body[3_000_000:]]) if in_chunks else body
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/sdp"}
        # A proxy in the environment cannot reach servers on this machine.
        answer = httpx.post(f"{web.url}{path}", content=content, headers=headers, timeout=60, trust_env=False)
        return answer.status_code, answer.json()

    status, said = answered(token)
    assert (status, said["err_code"]) == (400, "DATA-0000"), "that is what comes of reading it"
    status, said = answered(token[:-1])
    assert (status, said["err_code"]) == (401, "INVALID_AUTH")
    for path in ("/whip", "/v1/realtime/calls", "/v1/realtime/client_secrets"):
        assert answered(token, path)[0] == 413, "no file is wanted there"


@asynccontextmanager
async def idle_socket(maren: Browser) -> AsyncIterator[ClientConnection]:
    """A socket with little room, which nobody reads."""
    narrow = socket.create_connection(("127.0.0.1", maren.product.port))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection = await maren.socket(sock=narrow, max_queue=1)
    yield connection
    connection.transport.abort()


def log(maren: Browser) -> str:
    return (maren.product.logs / "web.log").read_text("utf-8")
