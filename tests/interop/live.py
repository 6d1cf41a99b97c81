"""Somebody who dictates while a check looks on: the product's own client for measurements, over WebRTC."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

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
        # What it has measured is not what is checked here.
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise AssertionError("The dictation does not end.") from error
    finally:
        process.kill()
        process.wait()


def captions(product: Product, token: str, session: str) -> str:
    """The address of a dictation's captions; fails the check if the product does not have any."""
    url = f"{product.url}/captions/{session}/events"
    with httpx.stream("GET", url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as response:
        if response.status_code == 404:
            pytest.fail("The product has no GET /captions/SESSION/events: it answers 404.", pytrace=False)
    return url


def ended(product: Product, history: History, said: Recording) -> str:
    """The id of a dictation that has ended."""
    with dictating(product, history, said) as session:
        pass
    history.wait_for_end(session)
    return session
