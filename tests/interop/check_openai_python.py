"""openai's client for Python: files, models and errors, as its users call them."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.interop import clients
from tests.interop.history import History
from tests.interop.product import Product
from tests.interop.recordings import Recording
from tests.interop.relay import relay
from tests.speech_data import SAMPLE_RATE, to_wav

TRANSCRIBE = pytest.mark.door("POST /v1/audio/transcriptions")
MODEL = "whisper-1"
ALIASES = {
    "whisper-1",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "gpt-realtime-whisper",
    "gpt-live-transcribe",
}
CONTAINERS = {
    ".mp3": ("libmp3lame", 44_100),
    ".m4a": ("aac", 44_100),
    ".ogg": ("libopus", 48_000),
    ".webm": ("libopus", 48_000),
    ".flac": ("flac", 16_000),
}


class OpenAI:
    """openai's client, pointed at the product."""

    def __init__(self, product: Product, token: str) -> None:
        self.base_url, self.token = f"{product.url}/v1", token

    def call(self, method: str, *, file: Path | None = None, is_async: bool = False, **arguments: Any) -> Any:
        files = {"file": file} if file else {}
        return clients.python(
            "openai",
            "openai_http",
            base_url=self.base_url,
            token=self.token,
            call=method,
            arguments=arguments,
            files=files,
            is_async=is_async,
        )

    def transcribe(self, file: Path, *, model: str = MODEL, is_async: bool = False, **arguments: Any) -> Any:
        answer = self.call(
            "audio.transcriptions.create", file=file, is_async=is_async, model=model, **arguments
        )
        assert "error" not in answer, answer["error"]
        return answer.get("result", answer.get("events"))


@pytest.fixture
def openai(product: Product, token: str) -> OpenAI:
    return OpenAI(product, token)


@pytest.fixture
def wav(said: Recording, tmp_path: Path) -> Path:
    return said.wav(tmp_path)


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_models(openai: OpenAI, is_async: bool) -> None:
    answer = openai.call("models.list", is_async=is_async)
    ids = [model["id"] for model in answer["result"]["data"]]
    assert set(ids) >= ALIASES
    for name in (ids[0], MODEL):
        model = openai.call("models.retrieve", model=name)["result"]
        assert (model["id"], model["object"], model["owned_by"]) == (name, "model", "whisperstream")


def test_a_model_that_is_not_there(openai: OpenAI) -> None:
    error = openai.call("models.retrieve", model="no-such-model")["error"]
    assert (error["class"], error["status"], error["code"]) == ("NotFoundError", 404, "model_not_found")


@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_a_wrong_key(openai: OpenAI, is_async: bool) -> None:
    openai.token = "wsp_wrong"
    error = openai.call("models.list", is_async=is_async)["error"]
    assert (error["class"], error["status"], error["code"]) == ("AuthenticationError", 401, "invalid_api_key")
    assert error["request"], "Without x-request-id nobody finds it in the log."


@TRANSCRIBE
def test_a_wrong_key_with_a_file(openai: OpenAI, wav: Path) -> None:
    openai.token = "wsp_wrong"
    error = openai.call("audio.transcriptions.create", file=wav, model=MODEL)["error"]
    assert (error["class"], error["code"]) == ("AuthenticationError", "invalid_api_key")


@TRANSCRIBE
def test_a_token_that_may_only_read(openai: OpenAI, wav: Path, read_token: str) -> None:
    openai.token = read_token
    error = openai.call("audio.transcriptions.create", file=wav, model=MODEL)["error"]
    assert (error["class"], error["code"]) == ("PermissionDeniedError", "insufficient_permissions")


@TRANSCRIBE
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_json(openai: OpenAI, wav: Path, said: Recording, is_async: bool) -> None:
    result = openai.transcribe(wav, is_async=is_async)
    assert result["class"] == "Transcription"
    assert result["request"]
    said.assert_heard_as(result["text"])
    assert result["usage"]["type"] == "duration"
    assert result["usage"]["seconds"] == pytest.approx(said.seconds, abs=1)


@TRANSCRIBE
@pytest.mark.parametrize("model", sorted(ALIASES))
def test_every_name_of_a_model(openai: OpenAI, wav: Path, said: Recording, model: str) -> None:
    said.assert_heard_as(openai.transcribe(wav, model=model)["text"])


@TRANSCRIBE
def test_log_probabilities(openai: OpenAI, wav: Path) -> None:
    result = openai.transcribe(wav, model="gpt-4o-transcribe", include=["logprobs"])
    words = result["text"].split()
    assert len(result["logprobs"]) == len(words)
    for word in result["logprobs"]:
        assert word["logprob"] <= 0
        # The client makes floats of them.
        assert bytes(map(int, word["bytes"])).decode() == word["token"]


@TRANSCRIBE
def test_verbose_json_with_words(openai: OpenAI, wav: Path, said: Recording) -> None:
    result = openai.transcribe(
        wav, response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert result["class"] == "TranscriptionVerbose"
    assert result["language"] == "english"
    assert result["duration"] == pytest.approx(said.seconds, abs=1)
    said.assert_heard_as(result["text"])
    said.assert_heard_as(" ".join(word["word"] for word in result["words"]))
    _assert_in_order(result["words"], said.seconds)
    _assert_in_order(result["segments"], said.seconds)
    for number, segment in enumerate(result["segments"]):
        assert segment["id"] == number
        assert {
            "seek",
            "tokens",
            "temperature",
            "avg_logprob",
            "compression_ratio",
            "no_speech_prob",
        } <= segment.keys()


@TRANSCRIBE
def test_verbose_json_has_segments_unless_asked_for_words(openai: OpenAI, wav: Path) -> None:
    assert openai.transcribe(wav, response_format="verbose_json")["segments"]
    only_words = openai.transcribe(wav, response_format="verbose_json", timestamp_granularities=["word"])
    assert only_words["words"]


def _assert_in_order(parts: list[dict[str, Any]], seconds: float) -> None:
    times = [time for part in parts for time in (part["start"], part["end"])]
    assert parts
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= seconds + 1


@TRANSCRIBE
def test_diarized_json(openai: OpenAI, wav: Path, said: Recording) -> None:
    result = openai.transcribe(wav, model="gpt-4o-transcribe-diarize", response_format="diarized_json")
    said.assert_heard_as(" ".join(segment["text"] for segment in result["segments"]))
    assert {segment["speaker"] for segment in result["segments"]} == {"A"}
    assert {segment["type"] for segment in result["segments"]} == {"transcript.text.segment"}


@TRANSCRIBE
def test_text(openai: OpenAI, wav: Path, said: Recording) -> None:
    text = openai.transcribe(wav, response_format="text")
    assert isinstance(text, str)
    assert text.endswith("\n")
    said.assert_heard_as(text)


@TRANSCRIBE
def test_srt(openai: OpenAI, wav: Path, said: Recording) -> None:
    cues = openai.transcribe(wav, response_format="srt").strip().split("\n\n")
    time = r"\d\d:\d\d:\d\d,\d\d\d"
    for number, cue in enumerate(cues, 1):
        assert re.match(rf"{number}\n{time} --> {time}\n.", cue), cue
    said.assert_heard_as(" ".join(line for cue in cues for line in cue.splitlines()[2:]))


@TRANSCRIBE
def test_vtt(openai: OpenAI, wav: Path, said: Recording) -> None:
    head, *cues = openai.transcribe(wav, response_format="vtt").strip().split("\n\n")
    assert head.startswith("WEBVTT")
    lines = [line for cue in cues for line in cue.splitlines()]
    assert any("-->" in line for line in lines)
    said.assert_heard_as(" ".join(line for line in lines if "-->" not in line))


@TRANSCRIBE
@pytest.mark.parametrize("suffix", CONTAINERS)
def test_a_container(openai: OpenAI, said: Recording, tmp_path: Path, suffix: str) -> None:
    said.assert_heard_as(openai.transcribe(said.encoded(tmp_path, suffix, *CONTAINERS[suffix]))["text"])


@TRANSCRIBE
def test_a_file_with_a_wrong_name(openai: OpenAI, said: Recording, tmp_path: Path) -> None:
    path = said.encoded(tmp_path, ".ogg", "libopus").rename(tmp_path / "speech.wav")
    said.assert_heard_as(openai.transcribe(path)["text"])


@TRANSCRIBE
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize("model", [MODEL, "gpt-transcribe"])
def test_streamed_is_not_streamed(
    openai: OpenAI, said_with_pauses: Recording, tmp_path: Path, model: str, is_async: bool
) -> None:
    wav = said_with_pauses.wav(tmp_path)
    events = openai.transcribe(wav, model=model, stream=True, is_async=is_async)
    assert (
        "".join({"delta": "d", "done": "."}[event["type"].rpartition(".")[2]] for event in events).strip("d")
        == "."
    )
    text = events[-1]["text"]
    assert "".join(event["delta"] for event in events[:-1]) == text
    assert text == openai.transcribe(wav, model=model, is_async=is_async)["text"]
    said_with_pauses.assert_heard_as(text)


@TRANSCRIBE
def test_diarized_and_streamed(openai: OpenAI, wav: Path, said: Recording) -> None:
    events = openai.transcribe(
        wav, model="gpt-4o-transcribe-diarize", response_format="diarized_json", stream=True
    )
    segments = [event for event in events if event["type"] == "transcript.text.segment"]
    said.assert_heard_as(" ".join(segment["text"] for segment in segments))
    assert events[-1]["type"] == "transcript.text.done"


@TRANSCRIBE
@pytest.mark.parametrize(
    "options",
    [
        {"language": "en"},
        {"model": "gpt-transcribe", "languages": ["en"]},
        {"model": "gpt-transcribe", "keywords": ["WhisperStream", "Americans"]},
        {"prompt": "A speech of a president."},
        {"temperature": 0.0},
        {"chunking_strategy": "auto"},
        {"chunking_strategy": {"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 500}},
        {"model": "gpt-4o-transcribe-diarize", "known_speaker_names": ["Ann"]},
    ],
    ids=lambda options: "+".join(options),
)
def test_an_option(openai: OpenAI, wav: Path, said: Recording, options: dict[str, Any]) -> None:
    said.assert_heard_as(openai.transcribe(wav, **options)["text"])


@TRANSCRIBE
def test_german_is_detected(openai: OpenAI, said_in_german: Recording, tmp_path: Path) -> None:
    result = openai.transcribe(said_in_german.wav(tmp_path), response_format="verbose_json")
    assert result["language"] == "german"
    said_in_german.assert_heard_as(result["text"], 0.5)


@TRANSCRIBE
@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"language": "xx"}, "language"),
        ({"temperature": 3.0}, "temperature"),
        ({"response_format": "yaml"}, "response_format"),
        ({"model": "gpt-transcribe", "keywords": ["word"] * 101}, "keywords"),
    ],
    ids=["language", "temperature", "format", "keywords"],
)
def test_a_wrong_option(openai: OpenAI, wav: Path, options: dict[str, Any], param: str) -> None:
    error = openai.call("audio.transcriptions.create", file=wav, **{"model": MODEL, **options})["error"]
    assert (error["class"], error["status"], error["type"]) == (
        "BadRequestError",
        400,
        "invalid_request_error",
    )
    assert error["param"].removesuffix("[]") == param
    assert error["message"]


@TRANSCRIBE
def test_a_file_that_is_no_sound(openai: OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    path.write_text("This is no sound. " * 100)
    error = openai.call("audio.transcriptions.create", file=path, model=MODEL)["error"]
    assert (error["class"], error["param"], error["code"]) == ("BadRequestError", "file", "invalid_value")


@TRANSCRIBE
def test_silence_is_no_text(openai: OpenAI, tmp_path: Path) -> None:
    path = to_wav(np.zeros(2 * SAMPLE_RATE, np.int16), tmp_path / "silence.wav")
    assert openai.transcribe(path)["text"] == ""


@TRANSCRIBE
def test_a_file_that_is_too_large_is_sent_once(product: Product, openai: OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.truncate(201_000_000)
    with relay(product.port) as between:
        openai.base_url = f"http://127.0.0.1:{between.port}/v1"
        error = openai.call("audio.transcriptions.create", file=path, model=MODEL)["error"]
        assert between.count("POST", "/v1/audio/transcriptions") == 1
    assert (error["class"], error["status"], error["code"]) == ("APIStatusError", 413, "file_too_large")


@TRANSCRIBE
def test_nothing_is_kept(openai: OpenAI, wav: Path, history: History) -> None:
    before = history.ids()
    openai.transcribe(wav)
    assert history.ids() == before


@TRANSCRIBE
def test_kept_if_the_token_says_so(
    openai: OpenAI, wav: Path, said: Recording, history: History, keeping_token: str
) -> None:
    before = history.ids()
    openai.token = keeping_token
    openai.transcribe(wav)
    said.assert_heard_as(history.text(history.new_since(before)))


@pytest.mark.door("POST /v1/audio/translations")
def test_a_translation(openai: OpenAI, said_in_german: Recording, tmp_path: Path) -> None:
    answer = openai.call("audio.translations.create", file=said_in_german.wav(tmp_path), model=MODEL)
    assert "portal" in answer["result"]["text"].lower()
