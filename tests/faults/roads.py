"""The stage of all scenes: one product for as long as it fits, and for each scene a new browser and a road between."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from playwright.sync_api import Playwright

from tests.faults.disks import small_disk
from tests.faults.faults import Fault
from tests.faults.link import ADDRESS, linked
from tests.faults.listener import listening
from tests.faults.product import Product, running
from tests.faults.scene import Scene
from tests.faults.speech import Speech
from tests.faults.tls import Front


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
    def scene(self, fault: Fault) -> Iterator[Scene]:
        """A new browser in which somebody is logged in, before the page to dictate. Raises NotStarted, OSError."""
        with ExitStack() as stack:
            profile = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
            link = stack.enter_context(linked()) if fault.road == "link" else None
            front = Front(profile) if fault.road == "tls" else None
            address = front.url if front else f"http://{ADDRESS if link else '127.0.0.1'}:{{port}}"
            product = self._running(fault, _settings(fault, address))
            url = address.format(port=product.port)
            flags: tuple[str, ...] = ()
            if link:
                link.set(fault.rules)
                flags = (f"--unsafely-treat-insecure-origin-as-secure={url}",)
            if front:
                stack.enter_context(front.before(product.port))
                flags = (front.flag,)
            if fault.profile_size:
                stack.enter_context(small_disk(profile, fault.profile_size))
            executable = link.executable if link else None
            listener = stack.enter_context(
                listening(self._driver, url, self._speech, profile, flags=flags, executable=executable)
            )
            listener.log_in()
            yield Scene(product, listener, self._speech, link, front)
        if fault.around:
            self.drop()

    def _running(self, fault: Fault, settings: dict[str, str]) -> Product:
        product = self._product
        is_fit = product is not None and product.is_running and product.is_ready()
        if not is_fit or self._settings != settings or fault.around:
            self.drop()
            if fault.around:
                self._closing.enter_context(fault.around())
            product = self._closing.enter_context(running(settings))
            self._product, self._settings = product, settings
        assert product is not None
        return product


def _settings(fault: Fault, address: str) -> dict[str, str]:
    settings = {"ALLOWED_HOSTS": f"localhost,127.0.0.1,{ADDRESS}", "ALLOWED_ORIGINS": address}
    if fault.road == "link":
        settings["HOST"] = "0.0.0.0"
    return {**settings, **fault.settings}
