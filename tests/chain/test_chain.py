"""Speech recognised by another server: the same words, and none lost when that one dies."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.sync.client import ClientConnection, connect

from captions.speech.types import TimeRange
from captions.speech.vad import VadModel
from captions.speech.voice import voiced_ranges
from tests.chain.conftest import ASKED
from tests.e2e.conftest import errors
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.processes import until
from tests.speech_data import SAMPLE_RATE, load_pcm, to_wav

RECORDING = "note-en-us"
WAIT_SECONDS = 240
_PIECE = SAMPLE_RATE // 10
_ROLES = {"web": (), "audioworker": (), "celeryworker": ("--gaps",)}


def transcribed(product: Product, token: str, sound: bytes, **headers: str) -> httpx.Response:
    return httpx.post(
        f"{product.url}/v1/audio/transcriptions",
        data={"model": "whisper-1", "language": "en"},
        files={"file": ("note.wav", sound, "audio/wav")},
        headers={"Authorization": f"Bearer {token}", **headers},
        timeout=WAIT_SECONDS,
    )


@contextmanager
def opened(product: Product, token: str) -> Iterator[ClientConnection]:
    address = product.url.replace("http", "ws", 1) + "/v1/realtime?intent=transcription"
    wanted = {
        "format": {"type": "audio/pcm", "rate": SAMPLE_RATE},
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
        "transcription": {"language": "en"},
    }
    with connect(address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=None) as socket:
        say(socket, "session.update", session={"type": "transcription", "audio": {"input": wanted}})
        yield socket


def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    socket.send(json.dumps({"type": kind, **fields}))


def push(socket: ClientConnection, sound: Any) -> None:
    """Pushes sound as fast as it is spoken."""
    begun = time.monotonic()
    for start in range(0, sound.size, _PIECE):
        piece = sound[start : start + _PIECE].astype("<i2").tobytes()
        say(socket, "input_audio_buffer.append", audio=base64.b64encode(piece).decode())
        time.sleep(max(0.0, begun + start / SAMPLE_RATE - time.monotonic()))


def session_of(product: Product, user: str) -> Any:
    with product.database() as connection:
        query = (
            "SELECT id, written_by, sent_ms, clock_ms FROM captions_session JOIN captions_user "
            "ON user_id = captions_user.id WHERE username = %s ORDER BY captions_session.created_at DESC"
        )
        return connection.execute(query.replace("id, w", "captions_session.id, w", 1), [user]).fetchone()


def text_of(product: Product, session: str) -> str:
    return " ".join(text for *_, text in product.finals(session))


def test_a_file_has_the_words_of_the_other_server(
    listener: Product, asker: Product, tmp_path: Any, model: str, engine: str
) -> None:
    sound = to_wav(load_pcm(RECORDING), tmp_path / "note.wav").read_bytes()
    ada = f"ada-{engine}"
    asker.add_user(ada)
    answer = transcribed(asker, asker.token(ada, "transcribe", keep_history=True), sound)
    assert answer.status_code == 200, answer.text
    said = answer.json()["text"]
    assert errors(RECORDING, said) <= allowed_errors(RECORDING, model), said
    _id, written_by, sent_ms, clock_ms = session_of(asker, ada)
    assert written_by == [f"{ASKED} (127.0.0.1)"]
    # What a sentence costs, with its context or without: docs/engines.md.
    assert clock_ms / 2 < sent_ms < (5 if engine == "openai" else 1.2) * clock_ms


def test_sound_that_has_come_far_is_not_passed_on(listener: Product, asker: Product, tmp_path: Any) -> None:
    sound = to_wav(load_pcm(RECORDING)[: 4 * SAMPLE_RATE], tmp_path / "note.wav").read_bytes()
    token = asker.token("first", "transcribe")
    hops = {"X-WhisperStream-Hops": "2"}
    assert transcribed(asker, token, sound, **hops).status_code == 503
    assert "OPENAI_BASE_URL may lead back" in (asker.logs / "audioworker.log").read_text()
    assert transcribed(listener, listener.token("first", "transcribe"), sound, **hops).status_code == 200


def test_words_are_there_before_anybody_pauses(
    listener: Product, asker: Product, model: str, engine: str
) -> None:
    if engine == "openai":
        pytest.skip("It is asked in pauses.")
    # Two spoken sentences without their pauses: nothing ends an item.
    sound = load_pcm(RECORDING)
    spoken = np.concatenate([sound[each.start_ms * 16 : each.end_ms * 16] for each in voice_in(sound)])
    address = asker.url.replace("http", "ws", 1) + "/v1/realtime?intent=transcription"
    head = {"Authorization": f"Bearer {asker.token('first', 'live')}"}
    with connect(address, additional_headers=head, max_size=None) as socket:
        # Who speaks as in the beta is told drafts, too.
        session = {"input_audio_format": "pcm16", "input_audio_transcription": {"language": "en"}}
        say(socket, "session.update", session={**session, "turn_detection": None})
        told: list[dict[str, Any]] = []
        for start in range(0, 24 * SAMPLE_RATE, SAMPLE_RATE):
            push(socket, at_24_khz(np.roll(spoken, -start)[:SAMPLE_RATE]))
            told += heard(socket)
            if any(each["type"].endswith(".partial") for each in told):
                break
    kinds = [each["type"] for each in told]
    assert "conversation.item.input_audio_transcription.partial" in kinds
    assert "input_audio_buffer.committed" not in kinds


def voice_in(sound: Any) -> list[TimeRange]:
    return voiced_ranges(VadModel().stream().push(sound).tolist())


def at_24_khz(sound: Any) -> Any:
    times = np.arange(0, sound.size, 2 / 3)
    return np.interp(times, np.arange(sound.size), sound).astype(np.int16)


def heard(socket: ClientConnection) -> list[dict[str, Any]]:
    """What has come."""
    events = []
    while True:
        try:
            events.append(json.loads(socket.recv(timeout=0)))
        except TimeoutError:
            return events


def test_the_other_server_is_killed_in_mid_sentence(listener: Product, asker: Product, model: str) -> None:
    asker.add_user("grace")
    sound = load_pcm(RECORDING)
    silence = np.zeros(2 * SAMPLE_RATE, np.int16)
    with opened(asker, asker.token("grace", "live", keep_history=True)) as socket:
        push(socket, sound[: 9 * SAMPLE_RATE])
        session = str(until(lambda: session_of(asker, "grace"), "the session is there")[0])
        until(lambda: asker.finals(session), "its first sentence is saved", WAIT_SECONDS)
        for role in _ROLES:
            listener.kill(role)
        push(socket, sound[9 * SAMPLE_RATE :])
        push(socket, silence)
    for role, options in _ROLES.items():
        listener.start(role, *options)
    listener.wait_until_ready()

    def has_ended() -> bool:
        with asker.database() as connection:
            query = "SELECT ended_at FROM captions_session WHERE id = %s"
            row = connection.execute(query, [session]).fetchone()
        return bool(row and row[0])

    until(has_ended, "the session has ended", WAIT_SECONDS)
    assert not asker.is_written(session), "what was not decoded is noted"
    # As Celery's schedule does, every minute.
    asker.recover()
    assert asker.is_written(session)
    said = text_of(asker, session)
    assert errors(RECORDING, said) <= allowed_errors(RECORDING, model), said
