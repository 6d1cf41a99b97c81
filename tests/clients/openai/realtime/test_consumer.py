"""The socket, with the real channel layer and stores; the test plays the audio worker."""

import base64
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone
from redis import RedisError

from captions.clients.openai.realtime import wanted
from captions.core import draining
from captions.dialects.openai_realtime import Wishes
from captions.models import ApiToken, Scope, User
from captions.protocol import messages
from captions.protocol.endpointing import Endpointing
from captions.protocol.messages import MessageError
from captions.protocol.registry import Registry
from captions.tokens.issuing import revoke
from tests.clients.tokens import token_of
from tests.dialects.openai_realtime.worker import TRANSCRIPTION, final
from tests.factories import make_user

from .conftest import Client, Connect
from .streams import Stream, ended

pytestmark = pytest.mark.django_db(transaction=True)

GERMAN = {"audio": {"input": {"transcription": {"language": "de"}}}}
SECOND = base64.b64encode(bytes(48_000)).decode()


async def begun(client: Client) -> dict[str, Any]:
    session: dict[str, Any] = (await client.until("session.created"))["session"]
    return session


async def append(client: Client, streams: list[Stream]) -> Stream:
    """Appends a second of sound; returns the stream that it came into."""
    before = sum(stream.samples for stream in streams)
    await client.say("input_audio_buffer.append", audio=SECOND)
    # It is answered in order.
    await client.say("session.update", session={"type": "transcription"})
    await client.until("session.updated")
    assert sum(stream.samples for stream in streams) > before
    return streams[-1]


async def test_a_sentence_from_its_sound_to_its_text(
    connect: Connect, token: str, streams: list[Stream]
) -> None:
    client = await connect(token)
    session = await begun(client)
    assert session["audio"]["input"]["transcription"] == {"model": "base"}
    assert not streams, "a socket without sound holds no place"
    stream = await append(client, streams)
    assert stream.samples == pytest.approx(16_000, abs=100)
    assert not stream.kept
    stream.tell(
        messages.speech("started", 300),
        messages.partial(utterance="u1", start_ms=200, stable="Good", tentative="day", language="en"),
        messages.speech("stopped", 900),
        final(1, 200, 800, "Good day."),
        messages.settled(900),
    )
    kinds = [(await client.next())["type"] for _ in range(6)]
    assert kinds[0] == "input_audio_buffer.speech_started"
    assert kinds[1] == f"{TRANSCRIPTION}.delta"
    assert (await client.until(f"{TRANSCRIPTION}.completed"))["transcript"] == "Good day."
    await client.socket.disconnect()
    assert stream.is_closed


async def test_the_worker_is_told_how_far_the_sound_has_come(
    connect: Connect, token: str, streams: list[Stream]
) -> None:
    stream = await append(await connect(token, x_whisperstream_hops="2"), streams)
    assert stream.listens[0].hops == 2


async def test_sound_that_goes_round_in_a_circle_is_refused(connect: Connect, token: str) -> None:
    client = await connect(token, x_whisperstream_hops="3")
    assert (await client.next())["error"]["code"] == "too_many_hops"


async def test_a_commit_asks_for_all_text_so_far(connect: Connect, token: str, streams: list[Stream]) -> None:
    client = await connect(token, "model=gpt-realtime-whisper")
    assert (await begun(client))["audio"]["input"]["turn_detection"] is None
    stream = await append(client, streams)
    stream.tell(final(1, 0, 900, "Good day."))
    await client.until(f"{TRANSCRIPTION}.delta")
    await client.say("input_audio_buffer.commit")
    committed = await client.until("input_audio_buffer.committed")
    completed = await client.until(f"{TRANSCRIPTION}.completed")
    assert (completed["item_id"], completed["transcript"]) == (committed["item_id"], "Good day.")
    assert stream.flushes == 1


async def test_wishes_reach_the_worker_with_those_of_the_account(
    connect: Connect, token: str, user: User, streams: list[Stream]
) -> None:
    user.vocabulary = ["Daphne"]
    await user.asave()
    client = await connect(token)
    wanted = {
        "transcription": {"language": "de", "keywords": ["aiortc", "<|no|>", "!"]},
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 700},
    }
    await client.say("session.update", session={"audio": {"input": wanted}})
    await client.until("session.updated")
    stream = await append(client, streams)
    assert stream.listens[0].language == "de"
    assert stream.listens[0].vocabulary == ("aiortc", "Daphne")
    assert stream.listens[0].endpointing == Endpointing(threshold=0.5, prefix_ms=300, silence_ms=700)
    await client.say("session.update", session={"audio": {"input": {"transcription": {"language": "en"}}}})
    await client.until("session.updated")
    await append(client, streams)
    assert stream.listens[1].language == "en"


async def test_a_model_that_knows_one_language_only(connect: Connect, token: str, worker: Any) -> None:
    await worker(only_language="en")
    client = await connect(token)
    await client.say("session.update", session=GERMAN)
    assert await client.error() == "invalid_value"


async def test_while_no_model_is_loaded(connect: Connect, token: str, settings: Any) -> None:
    settings.WHISPER_MODEL = ""
    registry = Registry()
    await registry.leave("a")
    await registry.close()
    session = await begun(await connect(token))
    assert session["audio"]["input"]["transcription"] == {"model": "whisper"}
    # Its name says that it knows English alone.
    settings.WHISPER_MODEL = "tiny.en"
    client = await connect(token)
    await client.say("session.update", session=GERMAN)
    assert await client.error() == "invalid_value"


@pytest.mark.parametrize("keeps", [True, False])
async def test_the_token_says_whether_it_is_kept(
    connect: Connect, user: User, streams: list[Stream], keeps: bool
) -> None:
    text = await database_sync_to_async(token_of)(user, Scope.LIVE, keep_history=keeps)
    client = await connect(text)
    assert (await append(client, streams)).kept is keeps


async def test_the_beta_is_chosen_by_a_header_or_a_subprotocol(connect: Connect, token: str) -> None:
    for client in (
        await connect(token, openai_beta="realtime=v1"),
        await connect(
            offered=("realtime", f"openai-insecure-api-key.{token}", "openai-beta.realtime-v1"),
        ),
    ):
        created = await client.next()
        assert created["type"] == "transcription_session.created"
        assert "input_audio_format" in created["session"]


async def test_nothing_that_is_wrong_closes_it(connect: Connect, token: str) -> None:
    client = await connect(token)
    for text, code in (
        ("no json", "invalid_json"),
        ('{"type": "response.create"}', "responses_not_supported"),
        ('{"type": "input_audio_buffer.append", "audio": "*"}', "invalid_value"),
    ):
        await client.socket.send_to(text_data=text)
        assert await client.error() == code
    await client.socket.send_to(bytes_data=b"sound")
    await client.say("session.update", session={"type": "transcription"})
    assert (await client.next())["type"] == "session.updated", "each is said once"


async def test_a_wrong_key_is_refused_and_said_to_a_page(db: None, connect: Connect) -> None:
    with pytest.raises(ConnectionRefusedError):
        await connect("wsp_wrong")
    client = await connect(offered=("realtime", "openai-insecure-api-key.wsp_wrong"))
    assert (await client.next())["error"]["code"] == "invalid_api_key"
    assert await client.closed() == 4401


async def test_a_token_that_may_not_dictate(connect: Connect, user: User) -> None:
    text = await database_sync_to_async(token_of)(user, Scope.READ)
    client = await connect(offered=("realtime", f"openai-insecure-api-key.{text}"))
    assert await client.error() == "insufficient_permissions"
    assert await client.closed() == 1008


async def test_a_call_cannot_be_joined_yet(connect: Connect, token: str) -> None:
    client = await connect(token, "call_id=rtc_1")
    event = await client.next()
    assert (event["error"]["code"], event["error"]["param"]) == ("not_found", "call_id")
    assert await client.closed() == 4404


@pytest.mark.parametrize(
    ("refusal", "code", "closed"),
    [
        (MessageError("too_many_sessions", "Stop one.", retryable=True), "rate_limit_exceeded", 4429),
        (MessageError("busy", "Busy.", retryable=True), "overloaded", 1013),
        (MessageError("loading", "Loading.", retryable=True), "model_loading", 1013),
        (MessageError("model_unavailable", "Gone."), "model_unavailable", 1008),
        (RedisError(), "overloaded", 1011),
        (KeyError("secret"), "server_error", 1011),
    ],
)
async def test_where_no_session_can_begin(
    connect: Connect, token: str, refusal: Exception, code: str, closed: int
) -> None:
    Stream.refusal = refusal
    client = await connect(token)
    await begun(client)
    await client.say("input_audio_buffer.append", audio=SECOND)
    event = await client.until("error")
    assert event["error"]["code"] == code
    assert "secret" not in event["error"]["message"]
    assert await client.closed() == closed


async def test_a_session_that_was_long_enough(connect: Connect, token: str, streams: list[Stream]) -> None:
    client = await connect(token)
    stream = await append(client, streams)
    stream.tell(messages.speech("started", 300), messages.speech("stopped", 900), ended("limit"))
    await client.until(f"{TRANSCRIPTION}.completed")
    assert await client.error() == "session_expired"
    assert await client.closed() == 1000


@pytest.mark.parametrize("reason", ["deleted", "trashed"])
async def test_a_session_that_its_owner_deletes(
    connect: Connect, token: str, streams: list[Stream], reason: str
) -> None:
    client = await connect(token)
    (await append(client, streams)).tell(ended(reason))
    assert await client.error() == "session_deleted"
    assert await client.closed() == 1000


async def test_after_a_long_silence_another_session_begins_with_the_next_sound(
    connect: Connect, token: str, streams: list[Stream]
) -> None:
    client = await connect(token)
    first = await append(client, streams)
    first.tell(ended("silence"))
    await first.until_closed()
    second = await append(client, streams)
    assert second is not first
    second.tell(messages.speech("started", 500))
    assert (await client.until("input_audio_buffer.speech_started"))["audio_start_ms"] == 1_200


@pytest.mark.parametrize("lost", [ended("server"), messages.error("worker_lost", "Interrupted.")])
async def test_a_worker_that_is_gone_asks_to_connect_again(
    connect: Connect, token: str, streams: list[Stream], lost: dict[str, Any]
) -> None:
    client = await connect(token)
    (await append(client, streams)).tell(lost)
    assert await client.closed() == 1012


async def test_a_restart_of_the_web_process(
    connect: Connect, token: str, streams: list[Stream], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await connect(token)
    stream = await append(client, streams)
    monkeypatch.setattr(draining, "started", lambda: True)
    assert await client.closed() == 1012
    await client.socket.disconnect()
    assert stream.is_closed


async def test_a_token_that_is_revoked_ends_it(connect: Connect, token: str) -> None:
    client = await connect(token)
    await begun(client)
    await database_sync_to_async(lambda: revoke(ApiToken.objects.all(), timezone.now()))()
    assert await client.error() == "invalid_api_key"
    assert await client.closed() == 4401


async def test_another_account_has_other_sessions(
    connect: Connect, token: str, streams: list[Stream]
) -> None:
    other = await database_sync_to_async(make_user)("other")
    theirs = await database_sync_to_async(token_of)(other, Scope.LIVE)
    for text in (token, theirs):
        await append(await connect(text), streams)
    users = [stream.token.user_id for stream in streams]
    assert users[0] != users[1]
    assert users[1] == other.pk


def test_words_that_no_vocabulary_has_are_left_out(user: User) -> None:
    wishes = Wishes("", Endpointing(), ("a" * 100, "Valkey", "\u200b"))
    assert wanted.listen(wishes, user).vocabulary == ("Valkey",)
