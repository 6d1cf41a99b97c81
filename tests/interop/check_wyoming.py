"""Home Assistant: the sequence of its Wyoming integration, with wyoming's own client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.interop import clients
from tests.interop.conftest import closed_port
from tests.interop.product import Product
from tests.interop.recordings import Recording
from tests.processes import until


@pytest.fixture(scope="module")
def address(product: Product) -> Iterator[tuple[str, int]]:
    """Where Wyoming is spoken: by the product, or by the command beside it."""
    parts = urlsplit(product.environment["WYOMING_URI"])
    assert parts.hostname
    assert parts.port
    host, port = parts.hostname, parts.port
    if not closed_port(port):
        yield host, port
        return
    process = product.begin("wyoming")
    try:
        until(lambda: process.poll() is not None or not closed_port(port), "a Wyoming server", 60)
        if process.poll() is not None:
            said = process.communicate()[0].strip().splitlines() or [""]
            pytest.fail(f"The product has no `manage.py wyoming`: {said[0]}", pytrace=False)
        yield host, port
    finally:
        process.terminate()
        process.wait(60)


def ask(address: tuple[str, int], call: str, **others: Any) -> Any:
    return clients.python("wyoming", "wyoming_stt", host=address[0], port=address[1], call=call, **others)


def test_what_the_server_says_of_itself(address: tuple[str, int]) -> None:
    (program,) = ask(address, "describe")["asr"]
    assert program["installed"]
    (model, *_) = [model for model in program["models"] if model["installed"]]
    assert "en" in model["languages"]
    assert program["requires_external_vad"]


def test_ping(address: tuple[str, int]) -> None:
    assert ask(address, "ping") == "pong"


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
def test_a_command(address: tuple[str, int], said: Recording, tmp_path: Path, rate: int) -> None:
    wav = said.wav(tmp_path, rate=rate)
    answer = ask(address, "transcribe", wav=wav, options={"language": "en"})
    assert answer["events"][-1] == "transcript", answer
    said.assert_heard_as(answer["text"])
    assert answer["language"] == "en"


def test_sentences_with_pauses_are_one_transcript(
    address: tuple[str, int], said_with_pauses: Recording, tmp_path: Path
) -> None:
    answer = ask(address, "transcribe", wav=said_with_pauses.wav(tmp_path))
    assert answer["events"].count("transcript") == 1
    said_with_pauses.assert_heard_as(answer["text"])


def test_names_and_terms(address: tuple[str, int], said: Recording, tmp_path: Path) -> None:
    options = {
        "transcript_names": ["Americans"],
        "transcript_terms": ["country"],
        "vad_sensitivity": "relaxed",
    }
    said.assert_heard_as(ask(address, "transcribe", wav=said.wav(tmp_path), options=options)["text"])


def test_silence_is_an_empty_transcript(address: tuple[str, int], said: Recording, tmp_path: Path) -> None:
    wav = said.wav(tmp_path)
    with wav.open("r+b") as file:
        file.seek(44)
        file.write(bytes(wav.stat().st_size - 44))
    assert ask(address, "transcribe", wav=wav)["text"] == ""
