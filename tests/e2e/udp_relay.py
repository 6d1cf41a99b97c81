"""All UDP between a browser and the product goes through here, and can be cut off."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

_CANDIDATE = re.compile(
    r"^(a=candidate:\S+ 1 udp \d+) (\d+\.\d+\.\d+\.\d+) (\d+) (typ host)\r?$", re.MULTILINE
)
# The server is told no address of the browser, and the browser those of the relay.
_SCRIPT = """
  window.RTCPeerConnection = class extends RTCPeerConnection {
    set onicecandidate(called) {}
    async setRemoteDescription({ type, sdp }) {
      await super.setRemoteDescription({ type, sdp: await window.relayed(sdp) });
    }
  };
"""


class UdpRelay:
    """Passes packets on while `is_open`; each address of the product gets one of the relay."""

    def __init__(self) -> None:
        self.is_open = True
        self._sockets: list[socket.socket] = []

    def relayed(self, sdp: str) -> str:
        """The answer of the product, with other addresses."""
        found = _CANDIDATE.findall(sdp)
        rest = "".join(line for line in sdp.splitlines(keepends=True) if not line.startswith("a=candidate:"))
        lines = [f"{head} {host} {self._relay(host, int(port))} {kind}" for head, host, port, kind in found]
        return rest + "".join(f"{line}\r\n" for line in lines)

    def close(self) -> None:
        self.is_open = False
        for each in self._sockets:
            each.close()

    def _relay(self, host: str, port: int) -> int:
        here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        here.bind((host, 0))
        here.settimeout(0.2)
        self._sockets.append(here)
        threading.Thread(target=self._pass, args=(here, (host, port)), daemon=True).start()
        return int(here.getsockname()[1])

    def _pass(self, here: socket.socket, product: tuple[str, int]) -> None:
        browser = None
        while True:
            try:
                packet, sender = here.recvfrom(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            if sender != product:
                browser = sender
            to = browser if sender == product else product
            if self.is_open and to is not None:
                here.sendto(packet, to)


@contextmanager
def relayed(page: Page) -> Iterator[UdpRelay]:
    """Relays the UDP of all connections of a page, which must be loaded anew."""
    relay = UdpRelay()
    page.expose_function("relayed", relay.relayed)
    page.add_init_script(_SCRIPT)
    try:
        yield relay
    finally:
        relay.close()
