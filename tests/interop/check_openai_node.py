"""openai's client for Node.js: files over HTTP, and Realtime, for which it insists on TLS."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.product import Product
from tests.interop.realtime import assert_in_order, text_of
from tests.interop.recordings import Recording
from tests.interop.relay import relay

TRANSCRIBE = pytest.mark.door("POST /v1/audio/transcriptions")
REALTIME = pytest.mark.door("WS /v1/realtime?intent=transcription")
SOUND = {"format": {"type": "audio/pcm", "rate": 24_000}, "turn_detection": None}


@pytest.fixture
def tls(product: Product, certificate: Path) -> Iterator[str]:
    """The product behind a relay that speaks TLS, as behind a reverse proxy."""
    with relay(product.port, certificate) as between:
        yield f"https://localhost:{between.port}/v1"


@pytest.fixture
def trust(certificate: Path) -> dict[str, str]:
    return {"NODE_EXTRA_CA_CERTS": str(certificate)}


@pytest.fixture
def raw(said: Recording, tmp_path: Path) -> Path:
    return said.raw(tmp_path, rate=24_000)


def test_models(product: Product, token: str) -> None:
    answer = clients.node("openai_http", call="models", base_url=f"{product.url}/v1", token=token)
    assert "whisper-1" in [model["id"] for model in answer["result"]]


def test_a_wrong_key(product: Product, token: str) -> None:
    answer = clients.node("openai_http", call="models", base_url=f"{product.url}/v1", token="wsp_wrong")
    error = answer["error"]
    assert (error["class"], error["status"], error["code"]) == ("AuthenticationError", 401, "invalid_api_key")
    assert error["request"]


@TRANSCRIBE
@pytest.mark.parametrize("is_buffer", [False, True], ids=["file", "bytes without a type"])
def test_a_file(product: Product, token: str, said: Recording, tmp_path: Path, is_buffer: bool) -> None:
    answer = clients.node(
        "openai_http",
        call="transcribe",
        base_url=f"{product.url}/v1",
        token=token,
        file=said.wav(tmp_path),
        arguments={"model": "gpt-transcribe"},
        is_buffer=is_buffer,
    )
    assert "error" not in answer, answer
    said.assert_heard_as(answer["result"]["text"])
    assert answer["request"]


@TRANSCRIBE
def test_a_stream(product: Product, token: str, said_with_pauses: Recording, tmp_path: Path) -> None:
    answer = clients.node(
        "openai_http",
        call="stream",
        base_url=f"{product.url}/v1",
        token=token,
        file=said_with_pauses.wav(tmp_path),
        arguments={"model": "gpt-4o-transcribe"},
    )
    assert "error" not in answer, answer
    *deltas, done = answer["events"]
    assert done["type"] == "transcript.text.done"
    assert "".join(event["delta"] for event in deltas) == done["text"]
    said_with_pauses.assert_heard_as(done["text"])


@REALTIME
@pytest.mark.parametrize("connect", [{"intent": "transcription"}, {"model": "gpt-4o-transcribe"}], ids=str)
def test_realtime(
    tls: str, trust: dict[str, str], product: Product, token: str, said: Recording, raw: Path, connect: Any
) -> None:
    transcription = {"model": "gpt-4o-transcribe"}
    session = {"type": "transcription", "audio": {"input": {**SOUND, "transcription": transcription}}}
    answer = _realtime(tls, trust, token, raw, dialect="ga", connect=connect, session=session)
    assert not answer["errors"]
    assert_in_order(answer["events"])
    said.assert_heard_as(text_of(answer["events"]))


@REALTIME
def test_realtime_in_the_beta_dialect(
    tls: str, trust: dict[str, str], product: Product, token: str, said: Recording, raw: Path
) -> None:
    transcription = {"model": "gpt-4o-transcribe"}
    session = {
        "input_audio_format": "pcm16",
        "input_audio_transcription": transcription,
        "turn_detection": None,
    }
    answer = _realtime(
        tls, trust, token, raw, dialect="beta", connect={"model": "gpt-4o-transcribe"}, session=session
    )
    assert not answer["errors"]
    assert_in_order(answer["events"], dialect="beta")
    said.assert_heard_as(text_of(answer["events"]))


@REALTIME
def test_realtime_with_a_wrong_key(
    tls: str, trust: dict[str, str], product: Product, token: str, raw: Path
) -> None:
    answer = _realtime(
        tls, trust, "wsp_wrong", raw, dialect="ga", connect={"intent": "transcription"}, session={}
    )
    assert answer["errors"]
    assert not answer["events"]


def _realtime(base_url: str, trust: dict[str, str], token: str, raw: Path, **ask: Any) -> Any:
    return clients.node(
        "openai_realtime", environment=trust, base_url=base_url, token=token, sound=raw, **ask
    )
