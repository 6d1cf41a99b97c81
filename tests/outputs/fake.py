"""A service that takes captions, as far as posts can tell."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from ssl import SSLContext
from urllib.parse import parse_qs, urlsplit

from tests.local_server import serving

Answerer = Callable[["Asked"], tuple[int, bytes]]


@dataclass
class Asked:
    """One request."""

    method: str
    target: str
    host: str
    body: str

    @property
    def number(self) -> int:
        return int(parse_qs(urlsplit(self.target).query)["seq"][0])

    @property
    def text(self) -> str:
        """The text of a post, without the time that YouTube wants before it."""
        head, _, rest = self.body.partition("\n")
        return rest.strip() if head[:2] == "20" else self.body


@dataclass
class FakeService:
    """Answers with `answer`, which a test may replace, after `delay` seconds; `asked` are all requests in order."""

    port: int = 0
    answer: Answerer = lambda asked: (200, b"")
    delay: float = 0.0
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/closedcaption?cid=secret-cid"

    @property
    def zoom_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/zoom/closedcaption?id=1&signature=secret-signature"

    @property
    def posts(self) -> list[Asked]:
        """Requests with words."""
        return [asked for asked in self.asked if asked.method == "POST" and asked.body]

    @property
    def beats(self) -> list[Asked]:
        return [asked for asked in self.asked if asked.method == "POST" and not asked.body]

    @property
    def texts(self) -> list[str]:
        return [post.text for post in self.posts]


@contextmanager
def fake_service(tls: SSLContext | None = None) -> Iterator[FakeService]:
    service = FakeService()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            asked = Asked(self.command, self.path, self.headers["Host"], body)
            service.asked.append(asked)
            status, answer = service.answer(asked)
            time.sleep(service.delay)
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere?seq=0")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with serving(Handler, tls) as service.port:
        yield service
