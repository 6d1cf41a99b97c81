"""A receiver of webhooks that answers as a test tells it to: well, badly, late, elsewhere or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from standardwebhooks import Webhook

from tests.local_server import serving


@dataclass(frozen=True)
class Post:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    def verified(self, secret: str) -> Any:
        """The content, as the library of Standard Webhooks reads it. Raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


@dataclass
class Receiver:
    """Answers each post with what `answer` says of it, and `said`, once `go_on` is set."""

    port: int = 0
    answer: Callable[[Post], int] = lambda post: 204
    said: bytes = b""
    go_on: threading.Event = field(default_factory=threading.Event)
    posts: list[Post] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=hidden-key"


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.go_on.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            post = Post(self.path, headers, body)
            receiver.posts.append(post)
            receiver.go_on.wait(60)
            self.send_response(receiver.answer(post))
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", str(len(receiver.said)))
            self.end_headers()
            self.wfile.write(receiver.said)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(Handler) as receiver.port:
        try:
            yield receiver
        finally:
            receiver.go_on.set()
