"""The stage of all scenes: one product for as long as it fits, and for each scene a new browser and a road between."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Playwright

from tests.faults.faults import Fault
from tests.faults.link import ADDRESS, linked
from tests.faults.listener import listening
from tests.faults.product import Product, running
from tests.faults.scene import Scene
from tests.faults.speech import Speech

_LINKED = {
    "HOST": "0.0.0.0",
    "ALLOWED_HOSTS": f"localhost,127.0.0.1,{ADDRESS}",
    "ALLOWED_ORIGINS": f"http://{ADDRESS}:{{port}}",
}


class Stage:
    """Keeps the product of the last scene for the next one, if that wants the same settings."""

    def __init__(self, driver: Playwright, speech: Speech) -> None:
        self._driver = driver
        self._speech = speech
        self._product: Product | None = None
        self._settings: dict[str, str] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.drop()

    def drop(self) -> None:
        """Stops the product: the next scene gets a new one."""
        self._product = None
        self._closing.close()

    @contextmanager
    def scene(self, fault: Fault, *, long: bool = False) -> Iterator[Scene]:
        with ExitStack() as stack:
            link = stack.enter_context(linked()) if fault.road == "link" else None
            product = self._running({**(_LINKED if link else {}), **fault.settings})
            flags, executable = fault.flags, None
            url = f"http://127.0.0.1:{product.port}"
            if link:
                url = f"http://{ADDRESS}:{product.port}"
                flags += (f"--unsafely-treat-insecure-origin-as-secure={url}",)
                executable = link.executable
            profile = Path(stack.enter_context(_folder()))
            listener = stack.enter_context(
                listening(self._driver, url, self._speech, profile, flags=flags, executable=executable)
            )
            listener.log_in()
            listener.page.goto(f"{url}/")
            yield Scene(product, listener, self._speech, link, long)

    def _running(self, settings: dict[str, str]) -> Product:
        product = self._product
        if product is None or not product.is_running or not product.is_ready() or self._settings != settings:
            self.drop()
            product = self._closing.enter_context(running("product", settings))
            self._product, self._settings = product, settings
        return product


@contextmanager
def _folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="whisperstream-faults-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
