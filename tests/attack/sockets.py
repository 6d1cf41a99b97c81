"""WebSockets of attackers, and of somebody else beside them, who must not notice."""

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.test import Client

from captions.models import User
from tests.sockets import Socket
from whisperstream_site.asgi import application

ORIGIN = "http://localhost:8000"


def login(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_socket(client: Client | None, session: Any, origin: str = ORIGIN, rest: str = "") -> Socket:
    """The socket of the dictation page, or another one of the session: `rest` follows in its address."""
    name = settings.SESSION_COOKIE_NAME
    headers = [(b"origin", origin.encode("latin-1"))] if origin else []
    if client is not None:
        headers.append((b"cookie", f"{name}={client.cookies[name].value}".encode()))
    return Socket(application, f"/ws/sessions/{session}/{rest}", headers=headers)


def program_socket(path: str, token: str = "", subprotocols: Sequence[str] = ()) -> Socket:
    """That of a program, with a token or without one."""
    headers = [(b"authorization", f"Bearer {token}".encode())] if token else []
    return Socket(application, path, headers=headers, subprotocols=[*subprotocols])


async def say(socket: Socket, message: Any) -> None:
    await socket.send_to(text_data=json.dumps(message))


async def heard(socket: Socket, kind: str) -> dict[str, Any]:
    """The next message of a kind. Raises AssertionError if the socket is closed instead."""
    while True:
        output = await socket.receive_output()
        assert output["type"] == "websocket.send", output
        message: dict[str, Any] = json.loads(output["text"])
        if message.get("type") == kind:
            return message


async def over(socket: Socket) -> tuple[list[str], int]:
    """What was said until the socket was closed, and its close code."""
    said: list[str] = []
    while True:
        output = await socket.receive_output()
        match output["type"]:
            case "websocket.close":
                return said, int(output.get("code", 1000))
            case "websocket.send":
                said.append(output.get("text") or "")
