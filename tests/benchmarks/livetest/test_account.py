import asyncio

import pytest
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from captions.benchmarks.livetest.account import Account
from captions.benchmarks.livetest.errors import LivetestError
from captions.models import Session
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def use(url: str, username: str, password: str, *, language: str = "") -> str:
    """Logs in and makes a session, as the live test does; returns its id."""

    async def scenario() -> str:
        async with Account(url) as account:
            await account.log_in(username, password)
            assert "sessionid=" in account.cookie
            dictation = await account.new_dictation("Live test", language)
            assert dictation.socket == f"/ws/sessions/{dictation.id}/"
            return dictation.id

    return asyncio.run(scenario())


@pytest.fixture
def origin(live_server: LiveServer, settings: Settings) -> str:
    url: str = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [url]
    return url


def test_a_user_logs_in_and_gets_a_session(origin: str) -> None:
    user = make_user("speaker")
    made = use(origin, "speaker", "a long password", language="en")
    session = Session.objects.get(pk=made)
    assert (session.user, session.title, session.language) == (user, "Live test", "en")


def test_a_wrong_password(origin: str) -> None:
    make_user("speaker")
    with pytest.raises(LivetestError, match="did not accept this user name and password"):
        use(origin, "speaker", "another password")


def test_a_refusal_is_told_in_the_servers_words(origin: str) -> None:
    make_user("speaker")
    with pytest.raises(LivetestError, match="language xx is not supported"):
        use(origin, "speaker", "a long password", language="xx")
