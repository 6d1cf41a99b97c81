"""Programs that send files with a token, as OpenAI's clients do, to the whole product."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests.asr.offline.files import voice
from tests.conftest import new_product_env
from tests.e2e.product import Product
from tests.processes import until
from tests.speech_data import load_pcm, load_reference, to_wav
from tests.toy import TOY_MODEL

SENTENCES = load_reference("note-en-us").sentences[:2]
TEXT = " ".join(sentence.text for sentence in SENTENCES)
PATH = "/v1/audio/transcriptions"


@pytest.fixture(scope="module")
def product(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("files")
    with new_product_env(postgres_url, folder / "var", redis_db=1) as environment:
        environment["LIMIT_UPLOAD_MB"] = "4"
        with Product(environment, folder, TOY_MODEL) as product:
            product.start("celeryworker", "--files")
            for name in ("maren", "jonas"):
                product.add_user(name)
            yield product


def uploads(product: Product) -> list[Path]:
    """What is on the disk of files."""
    folder = Path(product.environment["VAR_DIR"]) / "uploads"
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def maren(product: Product) -> Iterator[httpx.Client]:
    with program(product, "maren") as client:
        yield client


def program(
    product: Product, user: str, scope: str = "transcribe", *, keep_history: bool = False
) -> httpx.Client:
    token = product.token(user, scope, keep_history=keep_history)
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.Client(base_url=product.url, headers=headers, timeout=240, trust_env=False)


@pytest.fixture(scope="module")
def short(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("wav") / "short.wav"
    return to_wav(load_pcm("note-en-us")[: 7 * 16_000], path).read_bytes()


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return to_wav(voice(70), tmp_path_factory.mktemp("wav") / "long.wav").read_bytes()


def send(client: httpx.Client, file: bytes, **parts: Any) -> httpx.Response:
    return client.post(PATH, files={"file": ("memo.wav", file)}, data={"model": "whisper-1", **parts})


def streamed(client: httpx.Client, file: bytes) -> tuple[str, str]:
    """The deltas joined, and the text of the last event."""
    text = ""
    files = {"file": ("memo.wav", file)}
    with client.stream("POST", PATH, files=files, data={"stream": "true"}) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        lines = [line[6:] for line in answer.iter_lines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    *deltas, done = map(json.loads, lines)
    for delta in deltas:
        text += delta["delta"]
    return text, done["text"]


def test_a_short_file_in_each_format(product: Product, maren: httpx.Client, short: bytes) -> None:
    answer = send(maren, short)
    assert (answer.status_code, answer.json()["text"]) == (200, TEXT), answer.text
    assert send(maren, short, response_format="text").text == f"{TEXT}\n"
    for format, begin in (("srt", "1\n00:00:0"), ("vtt", "WEBVTT\n")):
        subtitles = send(maren, short, response_format=format).text
        assert subtitles.startswith(begin)
        assert " ".join(SENTENCES[0].text.split()[:3]) in subtitles
    for format in ("verbose_json", "diarized_json"):
        found = send(maren, short, response_format=format).json()
        assert [each["text"] for each in found["segments"]] == [each.text for each in SENTENCES]
        assert found["segments"][1]["start"] == pytest.approx(SENTENCES[1].start_ms / 1000, abs=1)
    assert streamed(maren, short) == (TEXT, TEXT)
    assert uploads(product) == []
    with product.database() as connection:
        assert connection.execute("SELECT count(*) FROM captions_session").fetchone() == (0,)


def test_a_long_file_is_the_same_streamed_or_not(product: Product, maren: httpx.Client, long: bytes) -> None:
    answer = send(maren, long)
    assert answer.status_code == 200, answer.text
    assert answer.json()["usage"] == {"type": "duration", "seconds": 70.0}
    assert answer.json()["text"].startswith(SENTENCES[0].text.split()[0])
    assert streamed(maren, long) == (answer.json()["text"],) * 2
    assert uploads(product) == []


def test_what_is_kept_is_in_the_history_of_its_owner(product: Product, short: bytes, long: bytes) -> None:
    with program(product, "jonas", keep_history=True) as jonas:
        answers = [send(jonas, short), send(jonas, long)]
    for answer in answers:
        session = answer.headers["X-WhisperStream-Session"]
        saved = product.finals(session)
        assert " ".join(text for *_, text in saved) == answer.json()["text"]
        with product.database() as connection:
            owner = connection.execute(
                "SELECT username FROM captions_user WHERE id = "
                "(SELECT user_id FROM captions_session WHERE id = %s)",
                [session],
            ).fetchone()
        assert owner == ("jonas",)
    with product.database() as connection:
        assert connection.execute("SELECT count(*) FROM captions_session").fetchone() == (2,)
    assert not [path for path in uploads(product) if path.name == "file"]


def test_bodies_are_bounded_however_they_come(product: Product, maren: httpx.Client, short: bytes) -> None:
    answer = send(maren, bytes(9_000_000))
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    assert answer.headers["x-should-retry"] == "false"

    # Without a length, a form is taken all the same.
    form = httpx.Request("POST", maren.base_url, files={"file": ("memo.wav", short)})
    pieces = np.array_split(np.frombuffer(form.read(), np.uint8), 20)
    kind = {"Content-Type": form.headers["Content-Type"]}
    answer = maren.post(PATH, content=(piece.tobytes() for piece in pieces), headers=kind)
    assert answer.json()["text"] == TEXT
    answer = maren.post(PATH, content=(bytes(500_000) for _ in range(12)), headers=kind)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "file_too_large")
    with pytest.raises(httpx.TransportError):
        maren.post(PATH, content=(bytes(500_000) for _ in range(2_000)), headers=kind)
    assert uploads(product) == []


def test_a_program_that_hangs_up_ends_the_work(product: Product, maren: httpx.Client, long: bytes) -> None:
    product.stop("celeryworker")
    with pytest.raises(httpx.ReadTimeout):
        maren.post(PATH, files={"file": ("memo.wav", long)}, timeout=httpx.Timeout(60, read=8))
    until(lambda: not uploads(product), "the file is gone")
    with product.database() as connection:
        assert connection.execute("SELECT count(*) FROM captions_filerequest").fetchone() == (0,)
    # Its place is free.
    for _ in range(5):
        assert maren.get("/v1/models").status_code in (200, 403)
    product.start("celeryworker", "--files")


def test_who_may_not(product: Product, short: bytes) -> None:
    with program(product, "maren", "read") as reading:
        assert send(reading, short).status_code == 403
    with httpx.Client(base_url=product.url, trust_env=False) as nobody:
        assert send(nobody, short).json()["error"]["code"] == "invalid_api_key"
