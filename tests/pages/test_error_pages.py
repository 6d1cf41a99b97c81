"""The whole-page errors: a title, a sentence, one link."""

import pytest
from allauth.core.ratelimit import respond_429
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from tests.factories import make_user


def test_not_found(db: None, client: Client) -> None:
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert "Page not found" in answer.content.decode()


def test_not_found_for_nobody(db: None, client: Client) -> None:
    answer = client.get("/nothing/here/")
    assert answer.status_code == 404
    assert ">History<" not in answer.content.decode()


def test_a_failure_needs_neither_request_nor_database() -> None:
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Something went wrong" in page
    assert "is safe" in page


def test_not_ready() -> None:
    assert "The server is not ready" in render_to_string("503.html")


def test_an_old_form(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login/", {"login": "maren", "password": "x"})
    assert answer.status_code == 403
    assert "This page has expired" in answer.content.decode()


@pytest.mark.parametrize("asked", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_unknown_session(asked: str, db: None, client: Client) -> None:
    client.force_login(make_user(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/", {"session": asked}).status_code == 404


def test_too_many_attempts(db: None) -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    answer = respond_429(request)
    assert answer.status_code == 429
    assert "Wait a few minutes, then try again." in answer.content.decode()
