"""A service that answers transcriptions as a test tells it to: it refuses, stalls, breaks off and lies."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from captions.asr.engine.openai.service import Service
from tests.local_server import serving

_PART = re.compile(rb'name="([^"]+)"(?:; filename="[^"]*")?\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', re.DOTALL)


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    form: dict[str, list[str]]
    sound: bytes


@dataclass
class Reply:
    """An answer; with `missing` so many bytes of it never come, and with `stall` nothing does until the test's end."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0
    stall: bool = False


def said(text: str = "One two.", **more: Any) -> Reply:
    return Reply(body=json.dumps({"text": text, **more}).encode())


def refused(status: int, code: str = "", **headers: str) -> Reply:
    error = {"message": "sk-secret is wrong", "code": code}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps({"error": error}).encode(), names)


@dataclass
class FakeService:
    """Gives the replies in order, and the last one again and again."""

    port: int = 0
    replies: list[Reply] = field(default_factory=lambda: [said()])
    asked: list[Asked] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def service(self, model: str = "whisper-1", **options: Any) -> Service:
        return Service(self.url, model, "sk-secret", **options)


@contextmanager
def fake_service() -> Iterator[FakeService]:
    service = FakeService()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            form: dict[str, list[str]] = {}
            sound = b""
            for name, value in _PART.findall(body):
                if name == b"file":
                    sound = value
                else:
                    form.setdefault(name.decode(), []).append(value.decode())
            with lock:
                service.asked.append(Asked(self.path, dict(self.headers), form, sound))
                number = min(len(service.asked), len(service.replies)) - 1
                reply = service.replies[number]
            if reply.stall:
                service.over.wait(60)
                self.close_connection = True
                return
            self.send_response(reply.status)
            headers = {"Content-Type": "application/json", "Content-Length": str(len(reply.body))}
            for name, value in {**headers, **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body[: len(reply.body) - reply.missing])
            self.close_connection = self.close_connection or bool(reply.missing)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(Handler) as service.port:
        try:
            yield service
        finally:
            service.over.set()
