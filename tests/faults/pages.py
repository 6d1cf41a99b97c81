"""Faults of the page and of who holds it: reloaded, crashed, asleep, twice, deaf, logged out."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

from tests.faults.faults import fault
from tests.faults.scene import NotMeasured, Scene


@fault("Page reloaded")
def reload(scene: Scene) -> None:
    scene.mid_word()
    scene.listener.page.reload()
    scene.cause_gone()


@fault("Tab crashed and opened again")
def crash(scene: Scene) -> None:
    scene.mid_word()
    scene.listener.crash()
    scene.cause_gone()


@fault("Lid closed for 40 s")
def lid_40(scene: Scene) -> None:
    _close_lid(scene, 40)


@fault("Lid closed for 150 s")
def lid_150(scene: Scene) -> None:
    _close_lid(scene, 150)


@fault("Second tab of the same dictation")
def second_tab(scene: Scene) -> None:
    """Start in it moves the dictation there."""
    listener = scene.listener
    scene.mid_word()
    first, listener.page = listener.page, listener.context.new_page()
    listener.page.goto(first.url)
    listener.press("Start")
    scene.cause_gone()


@fault("A client that stops reading")
def deaf_client(scene: Scene) -> None:
    """Three sockets of the same dictation whose other ends take nothing any more, for 40 s."""
    scene.mid_word()
    with ExitStack() as stack:
        ends = [stack.enter_context(_deaf_socket(scene)) for _ in range(3)]
        scene.wait(40)
        if not ends:
            raise NotMeasured("No socket was opened.")
        scene.cause_gone()


@fault("Login expired, and a new one after 90 s")
def login_expired(scene: Scene) -> None:
    """The product asks again who somebody is every minute; the new login happens in another tab."""
    scene.mid_word()
    scene.product.rows("DELETE FROM django_session RETURNING session_key")
    scene.wait(90)
    page = scene.listener.context.new_page()
    scene.listener.log_in(page)
    page.close()
    scene.cause_gone()


def _close_lid(scene: Scene, seconds: float) -> None:
    scene.mid_word()
    with scene.nobody_listens(), scene.listener.asleep():
        # Playwright must not be asked anything meanwhile.
        time.sleep(seconds)
    scene.cause_gone()


@contextmanager
def _deaf_socket(scene: Scene) -> Iterator[socket.socket]:
    """A WebSocket of the dictation that is opened with the page's cookies, and never read again."""
    listener = scene.listener
    parts = urlsplit(listener.url)
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in listener.context.cookies())
    with socket.socket() as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        end.settimeout(10)
        end.connect((parts.hostname, parts.port))
        end.sendall(
            (
                f"GET /ws/sessions/{listener.session}/ HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"Origin: {listener.url}\r\nCookie: {cookies}\r\nUpgrade: websocket\r\n"
                "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            ).encode()
        )
        head = end.recv(64)
        if b" 101 " not in head:
            raise NotMeasured(f"The socket was not opened: {head[:32]!r}")
        yield end
