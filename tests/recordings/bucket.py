"""A fake S3 server with the operations that recordings need."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

LONG_AGO = 1_600_000_000


class Bucket(ThreadingHTTPServer):
    """The server: `files` are its objects, `asked` the method and Range header of each request for one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Bucket
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        assert "aws-chunked" not in self.headers.get("Content-Encoding", "")
        self.server.files[self._key] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, headers={"ETag": '"x"'})

    def do_GET(self) -> None:
        if not self._key:
            return self._list()
        content = self.server.files.get(self._key)
        asked = self.headers.get("Range")
        self.server.asked.append((self.command, asked))
        if content is None:
            return self._answer(404)
        part = re.fullmatch(r"bytes=(\d+)-(\d+)", asked or "")
        if part is None:
            return self._answer(200, content)
        return self._answer(206, content[int(part[1]) : int(part[2]) + 1])

    do_HEAD = do_GET  # noqa: N815

    def do_DELETE(self) -> None:
        self.server.files.pop(self._key, None)
        self._answer(204)

    @property
    def _key(self) -> str:
        assert "Authorization" in self.headers or "X-Amz-Signature" in self.path, "it is not signed"
        _, _, key = unquote(urlsplit(self.path).path).lstrip("/").partition("/")
        return key

    def _list(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        prefix, delimiter = asked.get("prefix", [""])[0], asked.get("delimiter", [""])[0]
        listed = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2020-09-13T12:26:40Z</LastModified>"
            f"<Size>{len(content)}</Size></Contents>"
            for key, content in self.server.files.items()
            if key.startswith(prefix) and not (delimiter and delimiter in key.removeprefix(prefix))
        )
        xml = f"<ListBucketResult><IsTruncated>false</IsTruncated>{listed}</ListBucketResult>"
        self._answer(200, xml.encode())

    def _answer(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Last-Modified", formatdate(LONG_AGO, usegmt=True))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None: ...


@contextmanager
def bucket() -> Iterator[Bucket]:
    with Bucket() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
