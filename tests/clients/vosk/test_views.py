"""What a browser sees at the addresses of the socket, and that no log has the token in them."""

import pytest
from django.test import AsyncClient

from whisperstream_site.asgi import vosk_port
from whisperstream_site.ports import ByPort

TOKEN = "wsp_" + "a" * 42


@pytest.mark.parametrize("path", ["/vosk/", f"/vosk/{TOKEN}/", f"/vosk/{TOKEN}", f"/vosk/{TOKEN}/x/"])
async def test_only_a_socket_is_there(
    async_client: AsyncClient, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        response = await async_client.get(path)
    assert (response.status_code, response["Upgrade"]) == (426, "websocket")
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/api/v1/sessions", "/accounts/login/"])
async def test_the_port_has_no_page(path: str) -> None:
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    async def site(*_arguments: object) -> None:
        raise AssertionError("This is not for the site.")

    scope = {"type": "http", "method": "GET", "path": path, "server": ["127.0.0.1", 2700]}
    await ByPort({2700: vosk_port}, site)(scope, None, send)
    assert sent[0]["status"] == 404
