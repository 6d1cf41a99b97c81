"""Deepgram's client for Node.js: live and prerecorded."""

from pathlib import Path

import pytest

from tests.interop import clients
from tests.interop.deepgram import assert_complete, text_of
from tests.interop.product import Product
from tests.interop.recordings import Recording

PCM = {"model": "nova-3", "encoding": "linear16", "sample_rate": "16000", "interim_results": "true"}


@pytest.mark.door("WS /v1/listen?model=nova-3&encoding=linear16&sample_rate=16000")
def test_live(product: Product, token: str, said_with_pauses: Recording, tmp_path: Path) -> None:
    answer = clients.node(
        "deepgram_stt",
        way="live",
        url=product.url,
        token=token,
        sound=said_with_pauses.raw(tmp_path, rate=16_000),
        options=PCM,
    )
    assert "error" not in answer, answer
    # Any other code makes this client come back.
    assert answer["code"] == 1000
    assert_complete(answer["messages"], said_with_pauses.seconds)
    said_with_pauses.assert_heard_as(text_of(answer["messages"]))


@pytest.mark.door("POST /v1/listen?model=nova-3")
def test_a_file(product: Product, token: str, said: Recording, tmp_path: Path) -> None:
    answer = clients.node(
        "deepgram_stt",
        way="file",
        url=product.url,
        token=token,
        sound=said.wav(tmp_path),
        options={"model": "nova-3"},
    )
    assert "error" not in answer, answer
    said.assert_heard_as(answer["result"]["results"]["channels"][0]["alternatives"][0]["transcript"])
