from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client
from structlog.testing import capture_logs

from captions.account import logins
from captions.models import User

PASSWORD = "a long password"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    with capture_logs() as said:
        # The one of the module remembers how it was configured.
        monkeypatch.setattr(logins, "log", structlog.get_logger())
        yield said


def test_logins_are_written_down_and_no_password_is(user: User, log: list[Any]) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": "maren", "password": "wrong secret"})
    client.post("/accounts/login/", {"login": "my password by mistake", "password": PASSWORD})
    client.post("/accounts/login/", {"login": "maren", "password": PASSWORD})
    client.post("/accounts/logout/")
    kept = [{key: each[key] for key in ("event", "user", "address") if key in each} for each in log]
    where = {"address": "127.0.0.1"}
    assert kept == [
        {"event": "login_failed", **where},
        {"event": "login_failed", **where},
        {"event": "logged_in", "user": user.pk, **where},
        {"event": "logged_out", "user": user.pk, **where},
    ]
    assert "secret" not in str(log)
    assert "mistake" not in str(log)
