"""The speech-to-text model of openai-agents, with which voice agents in Python listen."""

from pathlib import Path
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.product import Product
from tests.interop.recordings import Recording

RATE = 24_000
STREAM = pytest.mark.door("WS /v1/realtime?intent=transcription")


def transcribe(product: Product, token: str, wav: Path, **ask: Any) -> list[str]:
    turns: list[str] = clients.python(
        "openai-agents", "agents_stt", base_url=f"{product.url}/v1", token=token, wav=wav, **ask
    )
    return turns


@STREAM
@pytest.mark.parametrize("silence", [0.0, 3.0], ids=["ends in speech", "ends in silence"])
def test_a_stream(
    product: Product, token: str, said_with_pauses: Recording, tmp_path: Path, silence: float
) -> None:
    # Where speech has ended before, its last commit has nothing in it, which it must be told in its own words.
    wav = said_with_pauses.wav(tmp_path, rate=RATE, silence=silence)
    turns = transcribe(product, token, wav, model="gpt-4o-transcribe", is_stream=True)
    said_with_pauses.assert_heard_as(" ".join(turns))


@STREAM
@pytest.mark.parametrize("model", ["gpt-live-transcribe", "gpt-transcribe"])
def test_a_stream_with_options(
    product: Product, token: str, said: Recording, tmp_path: Path, model: str
) -> None:
    settings = {"language": "en", "turn_detection": {"type": "server_vad", "silence_duration_ms": 500}}
    wav = said.wav(tmp_path, rate=RATE)
    turns = transcribe(product, token, wav, model=model, is_stream=True, settings=settings)
    said.assert_heard_as(" ".join(turns))


@STREAM
def test_silence_is_no_turn(product: Product, token: str, said: Recording, tmp_path: Path) -> None:
    wav = said.wav(tmp_path, rate=RATE)
    with wav.open("r+b") as file:
        file.seek(44)
        file.write(bytes(wav.stat().st_size - 44))
    assert transcribe(product, token, wav, model="gpt-4o-transcribe", is_stream=True) == []


@pytest.mark.door("POST /v1/audio/transcriptions")
@pytest.mark.parametrize("model", ["gpt-4o-mini-transcribe", "gpt-transcribe"])
def test_a_file(product: Product, token: str, said: Recording, tmp_path: Path, model: str) -> None:
    wav = said.wav(tmp_path, rate=RATE)
    (text,) = transcribe(product, token, wav, model=model, is_stream=False, settings={"language": "en"})
    said.assert_heard_as(text)
