"""Somebody who dictates while a check looks on: the product's own client for measurements, over WebRTC."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.interop.history import History
from tests.interop.product import USERNAME, Product
from tests.interop.recordings import Recording

_END_SECONDS = 120


@contextmanager
def dictating(product: Product, history: History, said: Recording) -> Iterator[str]:
    """The id of a dictation in which somebody speaks now; it ends with the recording."""
    before = history.ids()
    process = product.begin("livetest", str(said.path), "--username", USERNAME, "--url", product.url)
    try:
        yield history.new_since(before)
        said_at_end, _ = process.communicate(timeout=_END_SECONDS)
        assert process.returncode == 0, said_at_end
    except subprocess.TimeoutExpired as error:
        raise AssertionError("The dictation does not end.") from error
    finally:
        process.kill()
        process.wait()


def ended(product: Product, history: History, said: Recording) -> str:
    """The id of a dictation that has ended."""
    with dictating(product, history, said) as session:
        pass
    history.wait_for_end(session)
    return session
