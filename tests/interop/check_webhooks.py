"""The libraries of Standard Webhooks, of npm and PyPI: they verify what they are told of a dictation."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.interop import clients
from tests.interop.history import History
from tests.interop.live import ended
from tests.interop.product import Product
from tests.interop.recordings import Recording
from tests.processes import until
from tests.webhooks.receiver import Receiver, receiving

Ask = Callable[..., Any]


@pytest.fixture
def ask(product: Product) -> Iterator[Ask]:
    """Asks the API for something under `webhooks`."""
    headers = {"Authorization": f"Bearer {product.token('webhooks')}"}
    with httpx.Client(base_url=f"{product.url}/api/v1/", headers=headers, trust_env=False) as client:

        def answered(method: str, path: str, sent: Any = None) -> Any:
            response = client.request(method, f"webhooks{path}", json=sent)
            assert response.is_success, response.text
            return response.json() if response.content else None

        yield answered


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def verified(receiver: Receiver, secret: str) -> list[Any]:
    """The contents of all posts; both libraries have read the same."""
    read = [post.verified(secret) for post in receiver.posts]
    posts = [{"headers": post.headers, "body": post.body.decode()} for post in receiver.posts]
    assert clients.node("webhooks", secret=secret, posts=posts) == read
    return read


def test_a_dictation(
    product: Product, ask: Ask, receiver: Receiver, history: History, said_with_pauses: Recording
) -> None:
    events = ["session.started", "transcript.final", "session.ended"]
    made = ask("POST", "", {"name": "Check", "address": receiver.url, "events": events, "with_text": True})
    session = ended(product, history, said_with_pauses)
    mine = f'"session":"{session}"'.encode()
    until(
        lambda: any(b"session.ended" in post.body and mine in post.body for post in receiver.posts),
        "the end of the dictation",
    )
    until(
        lambda: all(each["state"] == "delivered" for each in ask("GET", f"/{made['id']}/deliveries")),
        "the other posts",
    )
    told = [each for each in verified(receiver, made["secret"]) if each["data"]["session"] == session]
    assert {each["type"] for each in told} == set(events)
    finals = sorted(
        (each["data"] for each in told if each["type"] == "transcript.final"), key=lambda data: data["seq"]
    )
    said_with_pauses.assert_heard_as(" ".join(data["text"] for data in finals))
    ask("DELETE", f"/{made['id']}")


def test_500_then_200_and_a_new_secret(ask: Ask, receiver: Receiver) -> None:
    receiver.answer = lambda post: 500 if len(receiver.posts) == 1 else 200
    made = ask("POST", "", {"name": "Check", "address": receiver.url, "events": ["session.ended"]})
    path = f"/{made['id']}"
    secret = ask("POST", f"{path}/secret")["secret"]
    ask("POST", f"{path}/test")
    until(lambda: ask("GET", f"{path}/deliveries")[0]["state"] == "failed", "the test to fail")
    delivery = ask("GET", f"{path}/deliveries")[0]
    ask("POST", f"{path}/deliveries/{delivery['id']}/again")
    until(lambda: ask("GET", f"{path}/deliveries")[0]["state"] == "delivered", "the test to arrive")
    assert {post.id for post in receiver.posts} == {delivery["webhook_id"]}
    for each in (secret, made["secret"]):
        assert [content["type"] for content in verified(receiver, each)] == ["test", "test"]
    ask("DELETE", path)
