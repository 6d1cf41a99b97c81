"""curl: the lines of docs/clients.md and docs/api.md."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.interop import clients
from tests.interop.history import History
from tests.interop.live import captions, ended
from tests.interop.product import Product
from tests.interop.recordings import Recording

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="There is no curl.")

TRANSCRIBE = pytest.mark.door("POST /v1/audio/transcriptions")


def curl(*arguments: str) -> str:
    done = clients.command_line(["curl", "--silent", "--show-error", *arguments], seconds=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def bearer(token: str) -> tuple[str, str]:
    return ("-H", f"Authorization: Bearer {token}")


@TRANSCRIBE
@pytest.mark.parametrize("kind", ["json", "text", "srt", "vtt", "verbose_json"])
def test_a_file(
    product: Product, bearer: tuple[str, str], said: Recording, tmp_path: Path, kind: str
) -> None:
    form = ("-F", f"file=@{said.wav(tmp_path)}", "-F", "model=whisper-1", "-F", f"response_format={kind}")
    told = curl(*bearer, *form, f"{product.url}/v1/audio/transcriptions")
    if "json" in kind:
        told = json.loads(told)["text"]
    said.assert_heard_as(re.sub(r"^(WEBVTT.*|\d+|.*-->.*)$", "", told, flags=re.MULTILINE))


@TRANSCRIBE
def test_words_are_asked_for_without_brackets_too(
    product: Product, bearer: tuple[str, str], said: Recording, tmp_path: Path
) -> None:
    form = (
        "-F",
        f"file=@{said.wav(tmp_path)}",
        "-F",
        "model=whisper-1",
        "-F",
        "response_format=verbose_json",
    )
    told = curl(
        *bearer, *form, "-F", "timestamp_granularities=word", f"{product.url}/v1/audio/transcriptions"
    )
    said.assert_heard_as(" ".join(word["word"] for word in json.loads(told)["words"]))


@TRANSCRIBE
def test_azures_header(product: Product, token: str, said: Recording, tmp_path: Path) -> None:
    form = ("-F", f"file=@{said.wav(tmp_path)}", "-F", "model=whisper-1")
    told = curl("-H", f"api-key: {token}", *form, f"{product.url}/v1/audio/transcriptions")
    said.assert_heard_as(json.loads(told)["text"])


@pytest.fixture(scope="module")
def captions_url(product: Product, token: str, history: History, said_with_pauses: Recording) -> str:
    return captions(product, token, ended(product, history, said_with_pauses))


def test_captions(bearer: tuple[str, str], captions_url: str, said_with_pauses: Recording) -> None:
    events = _events(curl("-N", "-i", *bearer, captions_url))
    finals = [json.loads(event["data"])["text"] for event in events if event.get("event") == "final"]
    said_with_pauses.assert_heard_as(" ".join(finals))
    assert events[-1]["event"] == "end"


def test_captions_from_where_they_were_left(bearer: tuple[str, str], captions_url: str) -> None:
    ids = [
        event["id"] for event in _events(curl("-N", *bearer, captions_url)) if event.get("event") == "final"
    ]
    assert len(ids) > 1, "One sentence alone shows nothing."
    rest = _events(curl("-N", *bearer, "-H", f"Last-Event-ID: {ids[0]}", captions_url))
    assert [event["id"] for event in rest if event.get("event") == "final"] == ids[1:]


def test_captions_that_have_ended_are_not_asked_for_again(bearer: tuple[str, str], captions_url: str) -> None:
    last = [event["id"] for event in _events(curl("-N", *bearer, captions_url)) if "id" in event][-1]
    asked = ("-N", "-o", "/dev/null", "-w", "%{http_code}", "-H", f"Last-Event-ID: {last}")
    assert curl(*asked, *bearer, captions_url) == "204"


def _events(stream: str) -> list[dict[str, str]]:
    found = []
    for block in re.split(r"\r?\n\r?\n", stream):
        fields = dict(re.findall(r"^(event|id|data|retry): ?(.*?)\r?$", block, re.MULTILINE))
        if "event" in fields:
            found.append(fields)
    return found


@pytest.mark.door("GET /ping")
def test_ping(product: Product, token: str) -> None:
    assert curl(f"{product.url}/ping").strip() == "pong"
