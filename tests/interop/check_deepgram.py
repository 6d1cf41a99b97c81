"""deepgram-sdk for Python: live and prerecorded."""

from pathlib import Path
from typing import Any

import pytest

from tests.interop import clients
from tests.interop.deepgram import assert_complete, best, results, text_of
from tests.interop.product import Product
from tests.interop.recordings import Recording

LIVE = pytest.mark.door("WS /v1/listen?model=nova-3&encoding=linear16&sample_rate=16000")
FILE = pytest.mark.door("POST /v1/listen?model=nova-3")
PCM = {"model": "nova-3", "encoding": "linear16", "sample_rate": 16_000}
INTERIMS = {**PCM, "interim_results": True, "vad_events": True, "endpointing": 500}


class Deepgram:
    def __init__(self, product: Product, token: str) -> None:
        self.url, self.token = product.url, token

    def ask(self, way: str, **ask: Any) -> Any:
        return clients.python("deepgram", "deepgram_stt", url=self.url, token=self.token, way=way, **ask)

    def listen(self, sound: Path, *, way: str = "sync", **ask: Any) -> list[dict[str, Any]]:
        answer = self.ask(way, sound=sound, **ask)
        assert "error" not in answer, answer
        messages: list[dict[str, Any]] = answer["messages"]
        return messages


@pytest.fixture
def deepgram(product: Product, token: str) -> Deepgram:
    return Deepgram(product, token)


@LIVE
@pytest.mark.parametrize("way", ["sync", "async"])
def test_live(deepgram: Deepgram, said_with_pauses: Recording, tmp_path: Path, way: str) -> None:
    messages = deepgram.listen(said_with_pauses.raw(tmp_path, rate=16_000), way=way, options=PCM)
    assert_complete(messages, said_with_pauses.seconds)
    assert all(message["is_final"] for message in results(messages))
    said_with_pauses.assert_heard_as(text_of(messages))


@LIVE
def test_live_with_interim_results(deepgram: Deepgram, said_with_pauses: Recording, tmp_path: Path) -> None:
    sound = said_with_pauses.raw(tmp_path, rate=16_000, silence=3.0)
    messages = deepgram.listen(sound, options=INTERIMS)
    assert_complete(messages, said_with_pauses.seconds + 3)
    kinds = [message["type"] for message in messages]
    assert "SpeechStarted" in kinds
    assert kinds.index("SpeechStarted") < kinds.index("Results")
    interims = [best(message)["transcript"] for message in results(messages) if not message["is_final"]]
    assert any(interims)
    assert any(message["speech_final"] for message in results(messages))
    said_with_pauses.assert_heard_as(text_of(messages))


@LIVE
def test_the_end_of_an_utterance(deepgram: Deepgram, said: Recording, tmp_path: Path) -> None:
    sound = said.raw(tmp_path, rate=16_000, silence=4.0)
    messages = deepgram.listen(sound, options={**INTERIMS, "utterance_end_ms": 1000})
    (end, *_) = [message for message in messages if message["type"] == "UtteranceEnd"]
    assert end["channel"] == [0, 1]
    assert end["last_word_end"] <= said.seconds + 1


@LIVE
def test_finalize(deepgram: Deepgram, said: Recording, tmp_path: Path) -> None:
    messages = deepgram.listen(said.raw(tmp_path, rate=16_000), options=PCM, is_finalized=True)
    assert [message for message in results(messages) if message["from_finalize"]]
    said.assert_heard_as(text_of(messages))


@LIVE
@pytest.mark.parametrize("rate", [8_000, 24_000, 48_000])
def test_other_rates(deepgram: Deepgram, said: Recording, tmp_path: Path, rate: int) -> None:
    messages = deepgram.listen(said.raw(tmp_path, rate=rate), options={**PCM, "sample_rate": rate})
    said.assert_heard_as(text_of(messages))


@LIVE
@pytest.mark.parametrize(
    ("suffix", "codec"), [(".ogg", "libopus"), (".webm", "libopus"), (".flac", "flac"), (".wav", "pcm_s16le")]
)
def test_a_container_in_pieces(
    deepgram: Deepgram, said: Recording, tmp_path: Path, suffix: str, codec: str
) -> None:
    sound = said.encoded(tmp_path, suffix, codec)
    messages = deepgram.listen(sound, options={"model": "nova-3"}, piece=1000)
    said.assert_heard_as(text_of(messages))


@LIVE
@pytest.mark.parametrize(
    "options",
    [
        {"language": "en-US", "punctuate": True, "smart_format": True, "numerals": False},
        {"keyterm": ["Americans", "country"]},
        {"keywords": ["country:2"]},
        {"language": "multi"},
        {"replace": ["country:nation"]},
    ],
    ids=lambda options: "+".join(options),
)
def test_an_option(deepgram: Deepgram, said: Recording, tmp_path: Path, options: dict[str, Any]) -> None:
    messages = deepgram.listen(said.raw(tmp_path, rate=16_000), options={**PCM, **options})
    said.assert_heard_as(text_of(messages))


@LIVE
def test_a_wrong_key(deepgram: Deepgram, said: Recording, tmp_path: Path) -> None:
    deepgram.token = "wsp_wrong"
    answer = deepgram.ask("sync", sound=said.raw(tmp_path, rate=16_000), options=PCM)
    assert answer["error"]["status"] in (401, 403)


@LIVE
def test_what_cannot_be_done_is_said(deepgram: Deepgram, said: Recording, tmp_path: Path) -> None:
    sound = said.raw(tmp_path, rate=16_000)
    answer = deepgram.ask("sync", sound=sound, options={**PCM, "encoding": "g729"})
    told = answer.get("messages", [])
    assert "error" in answer or [message for message in told if message.get("type") == "Error"]


@FILE
def test_a_file(deepgram: Deepgram, said: Recording, tmp_path: Path) -> None:
    answer = deepgram.ask("file", sound=said.wav(tmp_path), options={"model": "nova-3", "punctuate": True})
    assert "error" not in answer, answer
    result = answer["result"]
    alternative = result["results"]["channels"][0]["alternatives"][0]
    said.assert_heard_as(alternative["transcript"])
    assert alternative["words"][-1]["end"] <= said.seconds + 1
    assert result["metadata"]["request_id"]
    assert result["metadata"]["duration"] == pytest.approx(said.seconds, abs=1)


@FILE
def test_the_address_of_a_file_is_refused(product: Product, deepgram: Deepgram) -> None:
    answer = deepgram.ask("file", url_of_file=f"{product.url}/v1/models", options={"model": "nova-3"})
    assert answer["error"]["status"] == 400
