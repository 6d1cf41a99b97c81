"""Work that has no time limit of its own, such as the look-up of a host's name: nobody waits for it for ever."""

import threading
from collections.abc import Callable
from typing import TypeVar

from .errors import UnavailableError

T = TypeVar("T")


class AbandonedError(UnavailableError):
    """There was no answer in time; the text says in which."""


def within(seconds: float, work: Callable[[], T], name: str) -> T:
    """Does the work in a thread of this name and returns what it returns, or raises what it raises.

    Raises AbandonedError after `seconds`; the thread goes on by itself then.
    """
    returned: list[T] = []
    raised: list[Exception] = []

    def do() -> None:
        try:
            returned.append(work())
        except Exception as error:  # Handed over to the caller's thread.
            raised.append(error)

    thread = threading.Thread(target=do, daemon=True, name=name)
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    if not returned:
        raise AbandonedError(f"no answer in {seconds:.0f} s")
    return returned[0]
