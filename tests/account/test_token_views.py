from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from captions.models import ApiToken, User
from captions.tokens.finding import find
from captions.tokens.issuing import issue
from tests.factories import make_user

PAGE = "/settings/tokens/"
NEW = "/settings/tokens/new/"
FIELDS = {"name": "OBS on the laptop", "scopes": ["live", "read"], "days": "90"}


def proved(client: Client) -> Client:
    """A client whose user has just given the password again."""
    client.post("/accounts/reauthenticate/", {"password": "a long password"})
    return client


@pytest.mark.parametrize("path", [PAGE, NEW])
def test_only_for_people_with_an_account(client: Client, path: str, db: None) -> None:
    assert client.get(path).headers["Location"] == f"/accounts/login/?next={path}"


def test_a_new_token_asks_for_the_password_again(visitor: Client, user: User) -> None:
    for answer in (visitor.get(NEW), visitor.post(NEW, FIELDS)):
        assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()


def test_a_token_is_shown_once_and_mailed_about(visitor: Client, user: User, settings) -> None:
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    answer = proved(visitor).post(NEW, FIELDS)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    text = answer.context["text"]
    assert text in answer.content.decode()
    token = find(text, timezone.now())
    assert token.scopes == ["live", "read"]
    assert token.expires_at is not None
    assert timedelta(days=89) < token.expires_at - timezone.now() < timedelta(days=91)
    assert not token.keep_history
    listed = visitor.get(PAGE).content.decode()
    assert text not in listed
    assert "OBS on the laptop" in listed
    assert "Dictate live · Read and search transcripts" in listed
    assert "Never used." in listed
    assert mail.outbox[0].to == ["maren@example.com"]
    assert "OBS on the laptop" in mail.outbox[0].body
    assert text[:12] not in mail.outbox[0].body


def test_one_that_never_expires(visitor: Client, user: User) -> None:
    proved(visitor).post(NEW, {**FIELDS, "days": "", "keep_history": "on"})
    token = ApiToken.objects.get()
    assert token.expires_at is None
    assert token.keep_history
    assert "Never expires." in visitor.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"scopes": []}, "Choose what the program may do."),
        ({"scopes": ["admin"]}, "Select a valid choice"),
        ({"days": "9999"}, "Select a valid choice"),
        ({"name": "x" * 61}, "at most 60 characters"),
    ],
)
def test_a_wrong_choice_gets_a_sentence(
    visitor: Client, user: User, wrong: dict[str, str], sentence: str
) -> None:
    answer = proved(visitor).post(NEW, {**FIELDS, **wrong})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_only_ones_own_tokens_can_be_revoked(visitor: Client, user: User) -> None:
    mine, _text = issue(user, name="mine", scopes=["live"], now=timezone.now())
    other, _ = issue(make_user(), name="not mine", scopes=["live"], now=timezone.now())
    assert "not mine" not in visitor.get(PAGE).content.decode()
    assert visitor.post(f"{PAGE}{other.pk}/revoke/").status_code == 404
    page = visitor.post(f"{PAGE}{mine.pk}/revoke/", follow=True).content.decode()
    assert "The token “mine” was revoked." in page
    assert "You have no token." in page
    assert visitor.post(f"{PAGE}{mine.pk}/revoke/").status_code == 404
    issue(user, name="a", scopes=["live"], now=timezone.now())
    issue(user, name="b", scopes=["live"], now=timezone.now())
    assert "None of them works any longer." in visitor.post(f"{PAGE}revoke/", follow=True).content.decode()
    assert not ApiToken.objects.filter(user=user, revoked_at=None).exists()
    other.refresh_from_db()
    assert other.revoked_at is None


def test_an_expired_token_is_listed_as_such(visitor: Client, user: User) -> None:
    now = timezone.now()
    issue(user, name="old", scopes=["live"], now=now, expires_at=now - timedelta(seconds=1))
    assert "Expired" in visitor.get(PAGE).content.decode()
