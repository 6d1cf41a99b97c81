import pytest
from django.test import Client

from tests.factories import make_ended_session, make_user

pytestmark = pytest.mark.django_db


def test_a_page_is_told_the_title_or_the_one_that_is_proposed(client: Client) -> None:
    session = make_ended_session(make_user(), ["The night ferry leaves. It is late."])
    url = f"/sessions/{session.pk}/title/"
    client.force_login(session.user)
    assert client.get(url).json() == {
        "title": "",
        "proposed": "The night ferry leaves",
        "language": "en",
    }
    session.rename("Ferries")
    assert client.get(url).json()["title"] == "Ferries"
    client.force_login(make_user())
    assert client.get(url).status_code == 404
