import asyncio
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError
from django.test import AsyncClient
from django.utils import timezone

from captions.models import ApiToken, Scope, User
from captions.protocol.registry import Registry, WorkerState
from captions.tokens import endpoint, limits
from tests.clients.tokens import Program, program, token_of

pytestmark = pytest.mark.django_db(transaction=True)
MODELS = "/v1/models"


@pytest.fixture
def token(user: User) -> str:
    return token_of(user, Scope.READ)


async def test_the_loaded_model_comes_first_and_openais_names_mean_it(token: str) -> None:
    registry = Registry()
    await registry.announce(WorkerState("a", "ready", model="base", room=1))
    listed = (await program(token).get(MODELS)).json()
    assert listed["object"] == "list"
    assert [each["id"] for each in listed["data"]][:2] == ["base", "whisper-1"]
    assert set(listed["data"][0]) == {"id", "object", "created", "owned_by"}
    for name in ("base", "gpt-4o-transcribe"):
        assert (await program(token).get(f"{MODELS}/{name}")).json()["id"] == name
    await registry.announce(WorkerState("a", "ready", model="/srv/models/whisper-base", room=1))
    assert (await program(token).get(MODELS)).json()["data"][0]["id"] == "whisper-base"
    await registry.close()


async def test_a_model_that_is_not_here(token: str) -> None:
    answer = await program(token).get(f"{MODELS}/openai/whisper-large-v9")
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert error == {
        "message": "There is no model “openai/whisper-large-v9” here.",
        "type": "invalid_request_error",
        "param": "model",
        "code": "model_not_found",
    }


async def test_every_answer_has_a_number_and_no_cookie(token: str) -> None:
    numbers = set()
    for path in (MODELS, "/v1/nothing"):
        answer = await program(token).get(path)
        assert answer.headers["x-request-id"].startswith("req_")
        assert not answer.cookies
        numbers.add(answer.headers["x-request-id"])
    assert len(numbers) == 2


async def test_both_headers_of_a_key_are_read(token: str) -> None:
    assert (await Program(api_key=token).get(MODELS)).status_code == 200
    assert (await Program(authorization=f"bearer {token}").get(MODELS)).status_code == 200


async def test_a_login_opens_nothing_here(visitor, user: User) -> None:
    client = AsyncClient()
    await client.aforce_login(user)
    assert (await client.get(MODELS)).status_code == 401


@pytest.mark.parametrize("sent", ["", "Bearer", "Bearer wsp_wrong", "Token abc", "Basic YTpi"])
async def test_a_wrong_token(db: None, sent: str) -> None:
    answer = await Program(authorization=sent).get(MODELS)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "invalid_api_key"


async def test_wrong_tokens_are_counted_by_address_and_then_right_ones_wait_too(token: str, settings) -> None:
    settings.LIMIT_WRONG_TOKENS_PER_MINUTE = 3
    wrong = Program(authorization="Bearer wsp_wrong")
    assert [(await wrong.get(MODELS)).status_code for _ in range(4)] == [401, 401, 401, 429]
    answer = await program(token).get(MODELS)
    assert answer.status_code == 429
    assert answer.json()["error"]["code"] == "rate_limit_exceeded"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert int(answer.headers["retry-after-ms"]) >= 1000


async def test_requests_are_counted_by_token(token: str, user: User, settings) -> None:
    settings.LIMIT_TOKEN_REQUESTS_PER_MINUTE = 2
    other = await database_sync_to_async(token_of)(user, Scope.READ)
    assert [(await program(token).get(MODELS)).status_code for _ in range(3)] == [200, 200, 429]
    assert (await program(other).get(MODELS)).status_code == 200


async def test_only_some_requests_at_once(token: str, settings) -> None:
    settings.LIMIT_TOKEN_REQUESTS_AT_ONCE = 1
    pk = (await database_sync_to_async(ApiToken.objects.get)()).pk
    place = limits.take_place(pk)
    assert (await program(token).get(MODELS)).status_code == 429
    limits.leave_place(pk, place)
    assert (await program(token).get(MODELS)).status_code == 200
    answers = await asyncio.gather(*(program(token).get(MODELS) for _ in range(2)))
    assert 200 in {answer.status_code for answer in answers}


async def test_an_expired_token_says_so(user: User) -> None:
    old = await database_sync_to_async(token_of)(
        user, Scope.READ, expires_at=timezone.now() - timedelta(days=1)
    )
    answer = await program(old).get(MODELS)
    assert answer.status_code == 401
    assert "expired" in answer.json()["error"]["message"]


async def test_plain_http_is_refused_not_redirected(token: str, settings) -> None:
    settings.LOCAL, settings.SECURE_SSL_REDIRECT = False, True
    answer = await program(token).get(MODELS)
    assert answer.status_code == 403
    assert "https://" in answer.json()["error"]["message"]


async def test_a_wrong_method(token: str) -> None:
    answer = await program(token).delete(MODELS)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.json()["error"]["message"] == "Use GET here."


async def test_a_store_that_is_away_and_a_fault_are_said_in_the_same_form(token: str, monkeypatch) -> None:
    def away(*args: object) -> None:
        raise OperationalError

    def broken(*args: object) -> None:
        raise KeyError("secret words")

    for fault, status, code in ((away, 503, "overloaded"), (broken, 500, "server_error")):
        monkeypatch.setattr(endpoint, "admit", fault)
        answer = await program(token).get(MODELS)
        assert answer.status_code == status
        assert answer.json()["error"]["code"] == code
        assert "secret" not in answer.content.decode()


async def test_its_use_is_noted(token: str) -> None:
    await program(token).get(MODELS)
    noted = await database_sync_to_async(ApiToken.objects.get)()
    assert noted.last_used_at is not None
    assert noted.last_used_from == "127.0.0.1"
