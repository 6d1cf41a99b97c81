"""Pipecat: its speech-to-text services for OpenAI and for Deepgram, in a pipeline."""

from pathlib import Path
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.product import Product
from tests.interop.recordings import Recording

REALTIME = pytest.mark.door("WS /v1/realtime?intent=transcription")
SILENCE = 3.0


def transcribe(product: Product, token: str, wav: Path, **ask: Any) -> str:
    heard: list[list[str]] = clients.python(
        "pipecat", "pipecat_stt", token=token, wav=wav, **{"model": "", "turns": "server", **ask}
    )
    assert not [text for kind, text in heard if kind == "ErrorFrame"]
    return " ".join(text for kind, text in heard if kind == "TranscriptionFrame")


@REALTIME
def test_realtime_where_the_server_ends_turns(
    product: Product, token: str, said_with_pauses: Recording, tmp_path: Path
) -> None:
    wav = said_with_pauses.wav(tmp_path, silence=SILENCE)
    url = f"{product.socket_url}/v1/realtime"
    said_with_pauses.assert_heard_as(
        transcribe(product, token, wav, service="realtime", base_url=url, model="gpt-transcribe")
    )


@REALTIME
def test_realtime_where_the_pipeline_ends_turns(
    product: Product, token: str, said: Recording, tmp_path: Path
) -> None:
    url = f"{product.socket_url}/v1/realtime"
    text = transcribe(
        product,
        token,
        said.wav(tmp_path),
        service="realtime",
        base_url=url,
        model="gpt-realtime-whisper",
        turns="pipeline",
    )
    said.assert_heard_as(text)


@pytest.mark.door("POST /v1/audio/transcriptions")
def test_files(product: Product, token: str, said: Recording, tmp_path: Path) -> None:
    text = transcribe(
        product,
        token,
        said.wav(tmp_path),
        service="files",
        base_url=f"{product.url}/v1",
        model="gpt-4o-transcribe",
        turns="pipeline",
    )
    said.assert_heard_as(text)


@pytest.mark.door("WS /v1/listen?model=nova-3&encoding=linear16&sample_rate=16000")
@pytest.mark.parametrize("turns", ["server", "pipeline"])
def test_deepgram(
    product: Product, token: str, said_with_pauses: Recording, tmp_path: Path, turns: str
) -> None:
    wav = said_with_pauses.wav(tmp_path, silence=SILENCE)
    said_with_pauses.assert_heard_as(
        transcribe(product, token, wav, service="deepgram", base_url=product.url, turns=turns)
    )
