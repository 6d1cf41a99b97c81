"""OpenAI's Realtime API on the whole product, through a plain WebSocket: a real voice, real text."""

import base64
import json
import re
from typing import Any

import numpy as np
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.dialects.openai_realtime.worker import TRANSCRIPTION, check
from tests.e2e.conftest import errors
from tests.e2e.offline import allowed_errors
from tests.e2e.product import Product
from tests.speech_data import SAMPLE_RATE, load_pcm

RECORDING = "note-en-us"
WAIT_SECONDS = 120
_PIECE = SAMPLE_RATE // 10
FORMAT = {"type": "audio/pcm", "rate": SAMPLE_RATE}


@pytest.fixture(scope="module")
def token(product: Product, maren: str) -> str:
    return product.token(maren, "live", keep_history=True)


def opened(product: Product, token: str) -> ClientConnection:
    address = product.url.replace("http", "ws", 1) + "/v1/realtime?intent=transcription"
    return connect(address, additional_headers={"Authorization": f"Bearer {token}"}, max_size=None)


def say(socket: ClientConnection, kind: str, **fields: Any) -> None:
    socket.send(json.dumps({"type": kind, **fields}))


def heard(socket: ClientConnection) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(socket.recv(WAIT_SECONDS))
    return event


def push(socket: ClientConnection, *, silent_seconds: int) -> None:
    """Pushes the recording and silence after it, as fast as the product takes it."""
    sound = np.concatenate([load_pcm(RECORDING), np.zeros(silent_seconds * SAMPLE_RATE, np.int16)])
    for start in range(0, sound.size, _PIECE):
        piece = sound[start : start + _PIECE].astype("<i2").tobytes()
        say(socket, "input_audio_buffer.append", audio=base64.b64encode(piece).decode())


def transcripts(events: list[dict[str, Any]]) -> str:
    return " ".join(event["transcript"] for event in events if event["type"] == f"{TRANSCRIPTION}.completed")


@pytest.mark.parametrize("turns", [{"type": "server_vad", "silence_duration_ms": 500}, None])
def test_speech_becomes_items_in_order(
    product: Product, token: str, model: str, turns: dict[str, Any] | None
) -> None:
    with opened(product, token) as socket:
        assert heard(socket)["type"] == "session.created"
        wanted = {"format": FORMAT, "turn_detection": turns, "transcription": {"language": "en"}}
        say(socket, "session.update", session={"type": "transcription", "audio": {"input": wanted}})
        assert heard(socket)["type"] == "session.updated"
        push(socket, silent_seconds=2 if turns else 0)
        if turns is None:
            say(socket, "input_audio_buffer.commit")
        events: list[dict[str, Any]] = []
        # After the last sentence nothing more comes.
        while "garden" not in transcripts(events):
            events.append(heard(socket))
    items = check(events, changes=True)
    assert (len(items) >= 3) if turns else (len(items) == 1)
    said = transcripts(events)
    assert errors(RECORDING, said) <= allowed_errors(RECORDING, model), said
    deltas = [event for event in events if event["type"].endswith("delta")]
    assert len(deltas) > 1, "the text came bit by bit"


def test_it_is_in_the_history_since_the_token_keeps_it(product: Product, token: str, maren: str) -> None:
    with opened(product, token) as socket:
        push(socket, silent_seconds=0)
        say(socket, "input_audio_buffer.commit")
        while heard(socket)["type"] != f"{TRANSCRIPTION}.completed":
            pass
    with product.database() as connection:
        texts = connection.execute(
            "SELECT text FROM captions_utterance JOIN captions_session ON captions_session.id = session_id "
            "JOIN captions_user ON captions_user.id = user_id WHERE username = %s",
            [maren],
        ).fetchall()
    assert any(re.search("garden", text) for (text,) in texts)


def test_a_wrong_key_is_refused_and_a_wrong_message_is_said(product: Product, token: str) -> None:
    with pytest.raises(InvalidStatus), opened(product, token[:-1] + "x"):
        pass
    with opened(product, token) as socket:
        assert heard(socket)["type"] == "session.created"
        socket.send("no json")
        assert heard(socket)["error"]["code"] == "invalid_json"
        say(socket, "input_audio_buffer.commit", event_id="mine")
        error = heard(socket)["error"]
        assert (error["code"], error["event_id"]) == ("input_audio_buffer_commit_empty", "mine")
