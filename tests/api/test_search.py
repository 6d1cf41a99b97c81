from django.test import Client

from captions.models import Scope, User
from tests.clients.tokens import token_of
from tests.factories import make_ended_session, make_user

SEARCH = "/api/v1/search"


def test_search_finds_ones_own_words_and_forgives(user: User) -> None:
    session = make_ended_session(user, ["The doctor prescribed a new medicine.", "It helps."], title="Visit")
    make_ended_session(make_user(), ["Her medicine is not mine."])
    program = Client(headers={"authorization": f"Bearer {token_of(user, Scope.READ)}"})
    found = program.get(SEARCH, {"q": "medicine"}).json()
    assert (found["count"], found["searched"]) == (1, "medicine")
    (item,) = found["items"]
    assert item["session"]["id"] == str(session.pk)
    assert [part["text"] for part in item["hits"][0]["parts"] if part["hit"]] == ["medicine"]
    assert item["more"] == 0
    assert program.get(SEARCH, {"q": "medicnie"}).json()["searched"] == "medicine"
    assert program.get(SEARCH, {"q": "medicnie", "exact": "true"}).json()["count"] == 0
    assert program.get(SEARCH, {"q": "medicine", "page": "2"}).json()["items"] == []
    assert program.get(SEARCH).status_code == 400
