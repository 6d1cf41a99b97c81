"""npm's eventsource: captions as server-sent events, live and again."""

import json
import threading
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.history import History
from tests.interop.live import captions, dictating, ended
from tests.interop.product import Product
from tests.interop.recordings import Recording


def read(url: str, token: str) -> Any:
    return clients.node("eventsource", url=url, token=token, seconds=120)


def text_of(events: list[dict[str, str]]) -> str:
    return " ".join(json.loads(event["data"])["text"] for event in events if event["kind"] == "final")


@pytest.fixture(scope="module")
def url(product: Product, token: str, history: History, said_with_pauses: Recording) -> str:
    """Where the captions of a dictation are that has ended."""
    return captions(product, token, ended(product, history, said_with_pauses))


def test_live(
    product: Product, history: History, token: str, read_token: str, said_with_pauses: Recording
) -> None:
    found: dict[str, Any] = {}
    with dictating(product, history, said_with_pauses) as session:
        url = captions(product, token, session)
        reader = threading.Thread(target=lambda: found.update(read(url, read_token)))
        reader.start()
    reader.join(150)
    kinds = [event["kind"] for event in found["events"]]
    assert "partial" in kinds, found["errors"]
    assert kinds[-1] == "end"
    # A partial leaves the last id alone, so that a reader who comes back misses no sentence.
    ids = [event["id"] for event in found["events"] if event["kind"] == "final"]
    assert len(set(ids)) == len(ids)
    said_with_pauses.assert_heard_as(text_of(found["events"]))


def test_again_after_its_end(url: str, read_token: str, said_with_pauses: Recording) -> None:
    found = read(url, read_token)
    assert found["events"], found["errors"]
    assert found["events"][-1]["kind"] == "end"
    said_with_pauses.assert_heard_as(text_of(found["events"]))
    # It comes back, and is told by a 204 to stay away.
    assert found["errors"][-1]["code"] == 204
    assert found["resumed"][-1] == found["events"][-1]["id"]


def test_a_wrong_key_ends_it(url: str) -> None:
    found = read(url, "wsp_wrong")
    assert not found["events"]
    assert len(found["resumed"]) == 1


def test_a_token_without_the_scope(product: Product, url: str) -> None:
    found = read(url, product.token("live"))
    assert not found["events"]
    assert found["errors"][-1]["code"] == 403
