"""LiveKit Agents: its speech-to-text plug-ins for OpenAI and for Deepgram."""

from pathlib import Path
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.product import Product
from tests.interop.recordings import Recording

REALTIME = pytest.mark.door("WS /v1/realtime?intent=transcription")
DEEPGRAM = pytest.mark.door("WS /v1/listen?model=nova-3&encoding=linear16&sample_rate=16000")
SILENCE = 3.0
FINAL, INTERIM, START, END = "final_transcript", "interim_transcript", "start_of_speech", "end_of_speech"


def transcribe(token: str, wav: Path, **ask: Any) -> list[list[str]]:
    events: list[list[str]] = clients.python("livekit", "livekit_stt", token=token, wav=wav, **ask)
    return events


def finals(events: list[list[str]]) -> str:
    return " ".join(text for kind, text in events if kind == FINAL)


def assert_a_voice_has_a_text(events: list[list[str]]) -> None:
    """Each start of speech has an end, and there is a text between the first start and the end of all."""
    kinds = [kind for kind, _ in events if kind in (START, END, FINAL)]
    assert kinds[0] == START
    assert kinds.count(START) == kinds.count(END)
    assert FINAL in kinds


@REALTIME
@pytest.mark.parametrize("model", ["gpt-4o-mini-transcribe", "gpt-transcribe"])
def test_openai_stream(product: Product, token: str, said: Recording, tmp_path: Path, model: str) -> None:
    # The plug-in ends a sentence after 350 ms of silence: a pause within one would tear it apart.
    wav = said.wav(tmp_path, rate=24_000, silence=SILENCE)
    options = {"model": model, "use_realtime": True}
    events = transcribe(
        token, wav, plugin="openai", base_url=f"{product.url}/v1", options=options, is_stream=True
    )
    assert_a_voice_has_a_text(events)
    said.assert_heard_as(finals(events))


@REALTIME
def test_openai_stream_of_a_live_model(
    product: Product, token: str, said_with_pauses: Recording, tmp_path: Path
) -> None:
    # Here the plug-in hears by itself where speech ends, in real time.
    wav = said_with_pauses.wav(tmp_path, rate=24_000, silence=SILENCE)
    events = transcribe(
        token,
        wav,
        plugin="openai",
        base_url=f"{product.url}/v1",
        options={"model": "gpt-live-transcribe"},
        is_stream=True,
        pace=0.05,
    )
    assert INTERIM in [kind for kind, _ in events]
    said_with_pauses.assert_heard_as(finals(events))


@pytest.mark.door("POST /v1/audio/transcriptions")
@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-mini-transcribe", "gpt-transcribe"])
def test_openai_file(product: Product, token: str, said: Recording, tmp_path: Path, model: str) -> None:
    ((kind, text, language),) = transcribe(
        token,
        said.wav(tmp_path),
        plugin="openai",
        base_url=f"{product.url}/v1",
        options={"model": model, "detect_language": True},
        is_stream=False,
    )
    assert (kind, language) == (FINAL, "en")
    said.assert_heard_as(text)


@DEEPGRAM
def test_deepgram_stream(product: Product, token: str, said_with_pauses: Recording, tmp_path: Path) -> None:
    wav = said_with_pauses.wav(tmp_path, silence=SILENCE)
    events = transcribe(token, wav, plugin="deepgram", base_url=f"{product.url}/v1/listen", is_stream=True)
    assert_a_voice_has_a_text(events)
    assert INTERIM in [kind for kind, _ in events]
    said_with_pauses.assert_heard_as(finals(events))


@DEEPGRAM
def test_deepgram_file(product: Product, token: str, said: Recording, tmp_path: Path) -> None:
    ((kind, text, _),) = transcribe(
        token, said.wav(tmp_path), plugin="deepgram", base_url=f"{product.url}/v1/listen", is_stream=False
    )
    assert kind == FINAL
    said.assert_heard_as(text)
