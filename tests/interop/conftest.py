"""What the checks of clients share: tokens, recordings, and a word where the product misses a door."""

import http.client
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.sync.client import connect

from tests.interop.certificates import self_signed
from tests.interop.history import History
from tests.interop.product import PRODUCT, Product
from tests.interop.recordings import Recording, german, several, short

_SCOPES = ("transcribe", "live", "read", "write")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "door(what): what the product must answer, such as `POST /whip` or `WS /ws`"
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fails a check whose door the product does not have with a sentence that names it."""
    if isinstance(item, pytest.Function) and "product" in item.funcargs:
        for marker in item.iter_markers("door"):
            if said := _closed(item.funcargs["product"], item.funcargs["token"], marker.args[0]):
                pytest.fail(f"The product has no {marker.args[0].partition('?')[0]}: {said}", pytrace=False)
    return (yield)


@cache
def _closed(product: Product, token: str, door: str) -> str:
    """What the product answers instead to a token with nothing else, or nothing if there is such a door."""
    kind, _, path = door.partition(" ")
    if kind == "TCP":
        return closed_port(int(product.environment[path].rpartition(":")[2]))
    if kind == "WS":
        return _closed_socket(product.socket_url + path, token)
    connection = http.client.HTTPConnection("127.0.0.1", product.port, timeout=60)
    try:
        connection.request(kind, path, headers={"Authorization": f"Bearer {token}"})
        status = connection.getresponse().status
    finally:
        connection.close()
    return "it answers 404." if status == 404 else ""


def closed_port(port: int) -> str:
    """Why nothing listens there, or nothing if something does."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            return ""
    except OSError as error:
        return f"port {port} answers {error}."


def _closed_socket(url: str, token: str) -> str:
    try:
        with connect(url, additional_headers={"Authorization": f"Bearer {token}"}, proxy=None):
            return ""
    except InvalidStatus as error:
        return f"it answers {error.response.status_code}."
    except (InvalidHandshake, OSError) as error:
        return f"it answers {error}."


@pytest.fixture(scope="session")
def product(pytestconfig: pytest.Config) -> Product:
    return pytestconfig.stash[PRODUCT]


@pytest.fixture(scope="session")
def token(product: Product) -> str:
    """A token that may do everything."""
    return product.token(*_SCOPES)


@pytest.fixture(scope="session")
def history(product: Product, token: str) -> History:
    return History(product, token)


@pytest.fixture(scope="session")
def keeping_token(product: Product) -> str:
    """A token whose transcripts are kept in the history."""
    return product.token(*_SCOPES, keep_history=True)


@pytest.fixture(scope="session")
def read_token(product: Product) -> str:
    """A token that may not bring sound in."""
    return product.token("read")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return self_signed(tmp_path_factory.mktemp("tls") / "localhost.pem")


@pytest.fixture(scope="session")
def said() -> Recording:
    """One person speaks for some seconds."""
    return short()


@pytest.fixture(scope="session")
def said_with_pauses() -> Recording:
    """Sentences with pauses between them."""
    return several()


@pytest.fixture(scope="session")
def said_in_german() -> Recording:
    return german()
