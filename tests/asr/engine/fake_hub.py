"""A local Hugging Face hub with one model, the toy model."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.toy import TOY_FOLDER

COMMIT = "a" * 40
_FILES = {path.name: path.read_bytes() for path in TOY_FOLDER.iterdir()}


class Hub(ThreadingHTTPServer):
    """The server. It hangs up after `breaks_after` bytes of model.bin, and never answers while `silent`."""

    daemon_threads = True

    def __init__(self, repository: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repository = repository
        self.requests: list[str] = []
        self.breaks_after: int | None = None
        self.silent = threading.Event()
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.partition("?")[0]
        self.server.requests.append(f"{self.command} {path}")
        if self.server.silent.is_set():
            self.server.over.wait(30)
            return
        api = f"/api/models/{self.server.repository}"
        if path in (api, f"{api}/revision/main"):
            siblings = [{"rfilename": name} for name in _FILES]
            self._json({"id": self.server.repository, "sha": COMMIT, "siblings": siblings, "tags": []})
        elif path.startswith(f"{api}/tree/"):
            self._json(
                [
                    {"type": "file", "path": name, "size": len(data), "oid": _etag(data)}
                    for name, data in _FILES.items()
                ]
            )
        elif path.startswith(f"/{self.server.repository}/resolve/") and path.rpartition("/")[2] in _FILES:
            self._file(path.rpartition("/")[2], body=body)
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    def _json(self, value: Any) -> None:
        data = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _file(self, name: str, *, body: bool) -> None:
        data = _FILES[name]
        ranged = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(ranged[1]) if ranged else 0
        self.send_response(206 if ranged else 200)
        self.send_header("ETag", f'"{_etag(data)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(data) - start))
        if ranged:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if body:
            end = len(data)
            if name == "model.bin" and self.server.breaks_after is not None:
                end = start + self.server.breaks_after
                self.close_connection = True
            self.wfile.write(data[start:end])

    def log_message(self, format: str, *args: Any) -> None:
        """Logs nothing."""


def _etag(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


@contextmanager
def running(repository: str) -> Iterator[Hub]:
    hub = Hub(repository)
    thread = threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.over.set()
        hub.shutdown()
        hub.server_close()
        thread.join()
