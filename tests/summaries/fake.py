"""A service that writes chat completions as a test tells it to: it streams, stalls, breaks off and lies."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.local_server import serving


def said(text: str | None, finish: str | None = None, **more: Any) -> bytes:
    """A line of a stream with a piece of text."""
    choice = {"index": 0, "delta": {"content": text, **more}, "finish_reason": finish}
    return line({"id": "x", "object": "chat.completion.chunk", "choices": [choice]})


def line(value: Any) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
GOOD = (
    b": comment\n\n",
    said(None, role="assistant"),
    said("# The pier\n\nThey met "),
    said("at nine.\n\n## To do\n- Call Ada"),
    said(None, "stop"),
    line({"choices": [], "usage": {"total_tokens": 9}}),
    DONE,
)
TEXT = "# The pier\n\nThey met at nine.\n\n## To do\n- Call Ada"


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class FakeService:
    """Answers each request with `status`, `headers` and then each of `parts`; `hold` is waited for before the last."""

    port: int = 0
    status: int = 200
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    parts: tuple[bytes, ...] = GOOD
    go_on: threading.Event = field(default_factory=threading.Event)
    """While it is clear, the answer stalls before its last part."""
    asked: list[Asked] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)
    """Set once a client has hung up in the middle of an answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@contextmanager
def fake_service() -> Iterator[FakeService]:
    service = FakeService()
    service.go_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.asked.append(Asked(self.path, dict(self.headers), body))
            self.send_response(service.status)
            for name, value in {"Content-Type": service.kind, **service.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                for part in service.parts[:-1]:
                    self.wfile.write(part)
                while not service.go_on.wait(0.05):
                    # A comment now and then, as some services send them: it shows whether anybody still listens.
                    self.wfile.write(b":\n")
                for part in service.parts[-1:]:
                    self.wfile.write(part)
            except OSError:
                service.left.set()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(Handler) as service.port:
        try:
            yield service
        finally:
            service.go_on.set()
