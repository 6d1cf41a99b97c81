"""Chromium with a voice, and the pages of other projects that it opens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright

from tests.browsers import launch
from tests.interop import environments
from tests.interop.recordings import Recording

PAGES = environments.HERE / "pages"
_BUNDLE = Path("node_modules/@openai/agents-realtime/dist/bundle")

# Silence at the end, in which a server hears that a sentence is over.
SILENCE = 4.0


def speaking(driver: Playwright, said: Recording, folder: Path) -> Browser:
    """A browser whose microphone plays a recording once."""
    wav = said.wav(folder, silence=SILENCE)
    return launch(
        driver,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}%noloop",
    )


class _Pages(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".mjs": "text/javascript"}

    def translate_path(self, path: str) -> str:
        if path.startswith("/bundle/"):
            return str(environments.node() / _BUNDLE / Path(path).name)
        return super().translate_path(path)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def serving_pages() -> Iterator[str]:
    """The address of the pages: another origin than the product's, as somebody else's site is."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, directory=str(PAGES)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
