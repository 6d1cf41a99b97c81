import http.client
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.interop.certificates import self_signed
from tests.interop.relay import relay


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_requests_are_passed_on_and_counted(port: int) -> None:
    with relay(port) as between:
        connection = http.client.HTTPConnection("127.0.0.1", between.port, timeout=10)
        for body in (b"short", b"x" * 1_000_000):
            connection.request("POST", "/files", body=body)
            assert connection.getresponse().read() == body
        connection.close()
        assert between.count("POST", "/files") == 2
        assert between.count("POST", "/other") == 0


def test_tls_ends_here(port: int, tmp_path: Path) -> None:
    certificate = self_signed(tmp_path / "localhost.pem")
    context = ssl.create_default_context(cafile=str(certificate))
    with relay(port, certificate) as between:
        connection = http.client.HTTPSConnection("localhost", between.port, timeout=10, context=context)
        connection.request("POST", "/files", body=b"hello")
        assert connection.getresponse().read() == b"hello"
        connection.close()
        assert between.count("POST", "/files") == 1
