"""The TLS front whose certificate expires: what a client sees of it, before, meanwhile and afterwards."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.tls import Front


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *told: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hello)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found = Front(tmp_path)
    try:
        with found.before(server.server_port):
            yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(front: Front, trusted: Path) -> bytes:
    context = ssl.create_default_context(cafile=str(trusted))
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as end,
    ):
        end.sendall(b"GET / HTTP/1.0\r\n\r\n")
        return end.recv(100)


def test_expired_certificate_is_refused_until_it_is_renewed(front: Front, tmp_path: Path):
    assert b" 204 " in ask(front, tmp_path / "good.pem")
    front.expire()
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(front, tmp_path / "good.pem")
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        ask(front, tmp_path / "expired.pem")
    assert (front.asked, front.passed) == (2, 0)
    front.renew()
    assert b" 204 " in ask(front, tmp_path / "good.pem")
