"""Whether this web process is about to stop: it is no longer ready, and its sockets ask the browsers to come back."""

import threading

_draining = threading.Event()


def begin() -> None:
    _draining.set()


def started() -> bool:
    return _draining.is_set()
