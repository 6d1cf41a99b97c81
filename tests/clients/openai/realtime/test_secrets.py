from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from captions.clients.openai.realtime import secrets
from captions.core.valkey import valkey
from captions.models import ApiToken, Scope, User
from captions.tokens.finding import TokenError
from tests.clients.tokens import program, token_of

from .conftest import Connect
from .streams import Stream
from .test_consumer import append

pytestmark = pytest.mark.django_db(transaction=True)

SECRETS = "/v1/realtime/client_secrets"
SESSION = {
    "type": "transcription",
    "audio": {"input": {"transcription": {"model": "whisper-1", "language": "de"}, "turn_detection": None}},
}


async def made(token: str, address: str = SECRETS, **body: Any) -> dict[str, Any]:
    answer = await program(token).post(address, body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


async def test_a_secret_opens_sockets_that_begin_as_it_says(
    connect: Connect, token: str, streams: list[Stream]
) -> None:
    before = timezone.now().timestamp()
    secret = await made(token, session=SESSION, expires_after={"anchor": "created_at", "seconds": 60})
    assert secret["value"].startswith("ek_")
    assert before + 59 <= secret["expires_at"] <= timezone.now().timestamp() + 60
    assert secret["session"]["id"].startswith("sess_")
    assert secret["session"]["object"] == "realtime.transcription_session"
    for _ in range(2):
        client = await connect(
            query="model=gpt-realtime",
            offered=("realtime", f"openai-insecure-api-key.{secret['value']}"),
        )
        session = (await client.until("session.created"))["session"]
        assert session["audio"]["input"]["turn_detection"] is None
        assert session["audio"]["input"]["transcription"] == {"model": "whisper-1", "language": "de"}
    assert (await append(client, streams)).listens[0].language == "de"


async def test_it_keeps_what_its_token_keeps(connect: Connect, user: User, streams: list[Stream]) -> None:
    token = await database_sync_to_async(token_of)(user, Scope.LIVE, keep_history=True)
    client = await connect((await made(token))["value"])
    assert (await append(client, streams)).kept


async def test_it_is_good_for_nothing_else(token: str, worker: Any) -> None:
    value = (await made(token))["value"]
    assert (await program(value).get("/v1/models")).status_code == 401
    answer = await program(value).post(SECRETS, {}, content_type="application/json")
    assert answer.status_code == 401


@pytest.mark.parametrize("fate", ["revoked_at", "expires_at"])
async def test_it_dies_with_its_token(token: str, worker: Any, fate: str) -> None:
    value = (await made(token))["value"]
    find = database_sync_to_async(secrets.find)
    assert (await find(value, timezone.now())).token is not None
    await ApiToken.objects.aupdate(**{fate: timezone.now() - timedelta(seconds=1)})
    with pytest.raises(TokenError):
        await find(value, timezone.now())
    await ApiToken.objects.all().adelete()
    with pytest.raises(TokenError, match="deleted"):
        await find(value, timezone.now())


async def test_it_expires_and_others_do_not_exist(token: str, worker: Any) -> None:
    value = (await made(token, expires_after={"seconds": 10}))["value"]
    assert 0 < valkey().ttl(secrets._key(value)) <= 10
    valkey().delete(secrets._key(value))
    for text in (value, "ek_", "ek_wrong"):
        with pytest.raises(TokenError, match="expired"):
            await database_sync_to_async(secrets.find)(text, timezone.now())


async def test_it_is_kept_by_its_digest_only(token: str, worker: Any) -> None:
    value = (await made(token))["value"]
    assert not [key for key in valkey().scan_iter("*") if value.encode() in key]


async def test_an_open_socket_outlives_its_secret(
    connect: Connect, token: str, streams: list[Stream]
) -> None:
    value = (await made(token))["value"]
    client = await connect(value)
    valkey().delete(secrets._key(value))
    await append(client, streams)


async def test_the_forms_of_the_beta(token: str, worker: Any) -> None:
    flat = {"input_audio_format": "g711_alaw", "input_audio_transcription": {"model": "whisper-1"}}
    found = await made(token, "/v1/realtime/transcription_sessions", **flat)
    assert found["object"] == "realtime.transcription_session"
    assert found["input_audio_format"] == "g711_alaw"
    assert found["client_secret"]["value"].startswith("ek_")
    found = await made(token, "/v1/realtime/sessions", model="gpt-4o-realtime-preview", voice="verse")
    assert (found["object"], found["model"]) == ("realtime.session", "gpt-4o-realtime-preview")
    assert found["client_secret"]["value"].startswith("ek_")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"expires_after": {"seconds": 5}}, None),
        ({"expires_after": {"seconds": 7_201}}, None),
        ({"session": "transcription"}, None),
        (
            {"session": {"audio": {"input": {"transcription": {"language": "xx"}}}}},
            "session.audio.input.transcription.language",
        ),
    ],
)
async def test_what_is_refused(token: str, worker: Any, body: dict[str, Any], param: str | None) -> None:
    answer = await program(token).post(SECRETS, body, content_type="application/json")
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", "invalid_value", param)
    assert error["message"]


async def test_a_body_that_is_no_json_or_too_long(token: str, worker: Any, settings: Any) -> None:
    async def status(body: Any) -> int:
        answer = await program(token).post(SECRETS, body, content_type="application/json")
        return int(answer.status_code)

    assert await status("{") == 400
    assert await status("") == 200
    settings.LIMIT_MESSAGE_BYTES = 1_024
    assert await status({"a": "b" * 1_024}) == 413


async def test_it_needs_the_scope(user: User, worker: Any) -> None:
    token = await database_sync_to_async(token_of)(user, Scope.READ)
    answer = await program(token).post(SECRETS, {}, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "insufficient_permissions")
