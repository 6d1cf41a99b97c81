"""A search that PostgreSQL does not finish in time is stopped, wherever somebody searches."""

import pytest
from django.db import connection
from django.test import Client

from captions.models import Scope, User, Utterance
from captions.transcripts import admin_search, search, timely
from captions.transcripts.search import Search
from captions.transcripts.timely import SlowSearchError
from tests.clients.tokens import token_of
from tests.factories import make_ended_session

SENTENCE = "This search took too long. Add a word that is less common."


@pytest.fixture(autouse=True)
def _slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is found takes longer to rank than a search may."""
    monkeypatch.setattr(timely, "_MILLISECONDS", 100)
    for module in (search, admin_search):
        monkeypatch.setattr(module, "RANK", "(SELECT 1.0::real FROM pg_sleep(20))")


@pytest.fixture(autouse=True)
def _said(user: User) -> None:
    make_ended_session(user, ["The last ferry left."])


def test_what_comes_after_it_has_its_own_time(user: User) -> None:
    with pytest.raises(SlowSearchError):
        Search(user, "ferry").results()
    assert Search(user, "piano").results().total == 0
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)
    assert Utterance.objects.count() == 1


def test_the_history_says_so(visitor: Client) -> None:
    page = visitor.get("/sessions/", {"q": "ferry"})
    assert page.status_code == 200
    assert SENTENCE in page.content.decode()
    assert "Nothing found" not in page.content.decode()
    chosen = {"everything": "1", "query": "q=ferry", "format": "txt"}
    assert SENTENCE in visitor.post("/sessions/selection/export/", chosen, follow=True).content.decode()


def test_the_api_says_so(user: User) -> None:
    program = Client(headers={"authorization": f"Bearer {token_of(user, Scope.READ)}"})
    answer = program.get("/api/v1/search", {"q": "ferry"})
    assert (answer.status_code, answer.json()) == (503, {"code": "too_slow", "message": SENTENCE})


def test_the_administration_says_so(admin_client: Client) -> None:
    for rows in ("utterance", "session"):
        page = admin_client.get(f"/admin/captions/{rows}/", {"q": "ferry"})
        assert SENTENCE in page.content.decode()
