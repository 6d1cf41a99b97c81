"""Whether this web process is shutting down: it then reports itself as not ready, and its sockets send `restarting`."""

import threading

_draining = threading.Event()


def begin() -> None:
    _draining.set()


def started() -> bool:
    return _draining.is_set()
