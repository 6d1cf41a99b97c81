"""Reverse proxies in front of a product: the sites of others, of which it has one path."""

import asyncio
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from tests.conftest import REPOSITORY
from tests.processes import until

PATH = "/dictation"
# Of another program of the same kind, whose cookies are sent to every path of the host.
_OTHER_PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
    + b"".join(
        b"Set-Cookie: %s=of-another-program; Path=/\r\n" % name
        for name in (b"sessionid", b"csrftoken", b"messages", b"django_language", b"whisperstream_sessionid")
    )
    + b"\r\n<!doctype html><title>Another program</title><p>Another program"
)


@contextmanager
def cutting_proxy(port: int, product_port: int) -> Iterator[None]:
    """A small proxy that cuts the path off; outside of it stands another program, which sets cookies."""
    loop = asyncio.new_event_loop()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            method, target, _ = head.split("\r\n", 1)[0].split(" ")
            if target != PATH and not target.startswith(f"{PATH}/"):
                writer.write(_OTHER_PAGE)
                await writer.drain()
                return
            fields = [
                line
                for line in head.split("\r\n")[1:-2]
                if "upgrade: websocket" in head.lower() or not line.lower().startswith("connection:")
            ]
            if len(fields) < len(head.split("\r\n")[1:-2]):
                fields.append("Connection: close")
            upstream, product = await asyncio.open_connection("127.0.0.1", product_port)
            with closing(product):
                lines = [f"{method} {target.removeprefix(PATH) or '/'} HTTP/1.1", *fields, "", ""]
                product.write("\r\n".join(lines).encode("latin-1"))
                copies = [
                    asyncio.create_task(_copy(reader, product)),
                    asyncio.create_task(_copy(upstream, writer)),
                ]
                await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
                for copy in copies:
                    copy.cancel()

    async def serve() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", port) as server:
            await server.serve_forever()

    task = loop.create_task(serve())

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(task)
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while part := await source.read(65536):
        target.write(part)
        await target.drain()


def nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def nginx_proxy(port: int, product_port: int, folder: Path, other_port: int) -> Iterator[None]:
    """nginx with the example of `deploy/`, which leaves the path; the rest of the site is at `other_port`."""
    program = nginx()
    assert program
    ours = (REPOSITORY / "deploy" / "nginx-path.conf").read_text()
    assert "http://127.0.0.1:8000" in ours
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;"
        f"events {{}} http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port};"
        f"location / {{ proxy_pass http://127.0.0.1:{other_port}; }}\n"
        + ours.replace("127.0.0.1:8000", f"127.0.0.1:{product_port}")
        + "}}"
    )
    if not (folder.stat().st_mode & 0o001):
        # As root, nginx works as another user.
        folder.chmod(0o755)
    process = subprocess.Popen([program, "-e", str(folder / "error.log"), "-c", str(configuration)])
    try:
        until(lambda: _listens(port), f"nginx listens: {process.poll()}")
        yield
    finally:
        process.terminate()
        process.wait(10)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
