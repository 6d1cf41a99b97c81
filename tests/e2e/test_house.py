"""Home Assistant's and Vosk's clients on the whole product, by hand: a real voice, real text, without a token."""

import asyncio
import json
import socket
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.clients.wyoming.client import WyomingClient
from tests.e2e.conftest import errors
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.processes import free_port, until
from tests.speech_data import load_pcm

RECORDING = "note-en-us"
# Bytes, as vosk-transcriber reads them.
_PIECE = 4_000


@pytest.fixture(scope="module")
def wyoming(product: Product, maren: str) -> Iterator[int]:
    port = free_port()
    product.environment |= {"WYOMING_URI": f"tcp://127.0.0.1:{port}", "WYOMING_USER": maren}
    product.start("wyoming")
    until(lambda: _listens(port), "the server of the Wyoming protocol listens")
    yield port
    assert product.stop("wyoming") == 0
    for name in ("WYOMING_URI", "WYOMING_USER"):
        del product.environment[name]
    log = (product.logs / "wyoming.log").read_text()
    assert "Traceback" not in log, log
    assert "garden" not in log


def test_home_assistant_hears_what_was_said(product: Product, maren: str, wyoming: int, model: str) -> None:
    ((kind, info),) = apart(_described(wyoming))
    assert kind == "info"
    assert "en" in info["asr"][0]["models"][0]["languages"]
    events = apart(_dictated(wyoming))
    said = dict(events)["transcript"]["text"]
    assert errors(RECORDING, said) <= allowed_errors(RECORDING, model), said
    chunks = [data["text"] for kind, data in events if kind == "transcript-chunk"]
    assert len(chunks) > 1, "the text came bit by bit"
    assert errors(RECORDING, "".join(chunks)) <= allowed_errors(RECORDING, model), "and each word once"
    with product.database() as database:
        kept = database.execute(
            "SELECT count(*) FROM captions_session JOIN captions_user ON captions_user.id = user_id "
            "WHERE username = %s",
            [maren],
        )
        assert kept.fetchone() == (0,)


def test_a_stop_of_the_server_lets_a_recording_end(product: Product, wyoming: int) -> None:
    log = product.logs / "wyoming.log"
    count = log.read_text().count("wyoming_listens")
    with ThreadPoolExecutor(1) as pool:
        dictating = pool.submit(apart, _dictated(wyoming, pause_seconds=0.02))
        until(lambda: log.read_text().count("wyoming_listens") > count, "the recording has begun")
        assert product.stop("wyoming") == 0
    assert "garden" in dict(dictating.result())["transcript"]["text"]
    product.start("wyoming")
    until(lambda: _listens(wyoming), "the server listens again")


def test_vosk_answers_each_piece(product: Product, model: str) -> None:
    vosk = int(product.environment["VOSK_PORT"])
    with connect(f"ws://127.0.0.1:{vosk}/") as client:
        answers = list(_transcribed(client))
    texts = [answer["text"] for answer in answers if answer.get("text")]
    said = " ".join(texts)
    assert errors(RECORDING, said) <= allowed_errors(RECORDING, model), said
    assert {"partial", "text"} & answers[0].keys()
    words = [word for answer in answers for word in answer.get("result", [])]
    assert " ".join(word["word"] for word in words) == said
    assert all(before["start"] <= after["start"] for before, after in pairwise(words))
    for page in ("/", "/healthz", "/metrics"):
        assert _status(vosk, page) == 404
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{vosk}/", origin=Origin(product.url)):
        pass


def test_vosk_with_a_token_that_no_log_has(product: Product, maren: str) -> None:
    token = product.token(maren, "live")
    address = f"{product.url.replace('http', 'ws', 1)}/vosk/{token}/"
    with connect(address) as client:
        said = " ".join(answer.get("text", "") for answer in _transcribed(client))
    assert "garden" in said
    assert _status(product.port, f"/vosk/{token}/") == 426
    with pytest.raises(InvalidStatus), connect(f"{address[:-2]}x/"):
        pass
    log = (product.logs / "web.log").read_text()
    assert "vosk" in log
    assert token not in log
    assert token[:12] not in log


Events = list[tuple[str, dict[str, Any]]]


def apart(work: Coroutine[Any, Any, Events]) -> Events:
    """Runs it in an event loop of its own: that of this thread may be Playwright's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _described(port: int) -> Events:
    async with WyomingClient.connected(port) as client:
        await client.send("describe")
        client.writer.write_eof()
        return await client.all_heard()


async def _dictated(port: int, pause_seconds: float = 0.0) -> Events:
    async with WyomingClient.connected(port) as client:
        await client.dictate(load_pcm(RECORDING), "en", pause_seconds)
        return await client.all_heard()


def _transcribed(client: ClientConnection) -> Iterator[dict[str, Any]]:
    """The answers, one after each message, as vosk-transcriber asks for them."""
    client.send('{ "config" : { "sample_rate" : 16000.000000 } }')
    sound = load_pcm(RECORDING).astype("<i2").tobytes()
    for start in range(0, len(sound), _PIECE):
        client.send(sound[start : start + _PIECE])
        yield json.loads(client.recv(60))
    client.send('{"eof" : 1}')
    yield json.loads(client.recv(60))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _status(port: int, page: str) -> int:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(f"GET {page} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return int(connection.recv(100).split()[1])
