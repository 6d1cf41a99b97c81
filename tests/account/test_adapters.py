import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.totp.internal.auth import TOTP
from django.test import RequestFactory
from django.urls import reverse

from captions.account.adapters import AccountAdapter, SocialAccountAdapter
from captions.models import User

pytestmark = pytest.mark.django_db

FORM = {"email": "Ada@example.org", "password1": "an uncommon sentence"}


def test_anyone_may_sign_up_while_it_is_open(client):
    response = client.post(reverse("account_signup"), FORM)
    assert response.status_code == 302
    user = User.objects.get()
    assert (user.username, user.email) == ("ada", "ada@example.org")
    client.logout()
    client.post(reverse("account_login"), {"login": "ADA@example.org", "password": FORM["password1"]})
    assert client.session["_auth_user_id"] == str(user.pk)


def test_nobody_signs_up_once_it_is_closed(client, settings):
    settings.SIGNUP_OPEN = False
    for response in (client.get(reverse("account_signup")), client.post(reverse("account_signup"), FORM)):
        assert response.status_code == 200
        assert "password1" not in response.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("is_open", [True, False])
def test_single_sign_on_has_its_own_switch(settings, is_open):
    settings.SIGNUP_OPEN = not is_open
    settings.OIDC_SIGNUP_OPEN = is_open
    request = RequestFactory().get("/")
    assert SocialAccountAdapter(request).is_open_for_signup(request, None) is is_open


def test_the_sixth_wrong_password_in_a_row_is_not_even_tried(client):
    User.objects.create_user("ada", "ada@example.org", FORM["password1"])
    url = reverse("account_login")
    for _ in range(5):
        client.post(url, {"login": "ada", "password": "wrong"})
    response = client.post(url, {"login": "ada", "password": FORM["password1"]})
    assert response.status_code == 200
    assert "_auth_user_id" not in client.session


def test_wrong_passwords_count_for_the_account_whatever_it_is_called(client):
    ada = User.objects.create_user("ada", "ada@example.org", FORM["password1"])
    EmailAddress.objects.create(user=ada, email="lovelace@example.org", verified=True)
    url = reverse("account_login")
    for login in ("ada", "ADA", "ada@example.org", "Ada@example.org", "lovelace@example.org"):
        client.post(url, {"login": login, "password": "wrong"})
    for login in ("ada", "ada@example.org", "lovelace@example.org"):
        client.post(url, {"login": login, "password": FORM["password1"]})
        assert "_auth_user_id" not in client.session
    # Nobody else has to wait.
    User.objects.create_user("grace", "grace@example.org", FORM["password1"])
    client.post(url, {"login": "grace", "password": FORM["password1"]})
    assert "_auth_user_id" in client.session


def test_an_account_without_an_address_has_none_to_confirm(client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    User.objects.create_user("ada", password=FORM["password1"])
    client.post(reverse("account_login"), {"login": "ada", "password": FORM["password1"]})
    assert "_auth_user_id" in client.session


def test_ways_to_show_who_one_is_are_in_our_words():
    ada = User.objects.create_user("ada", "ada@example.org", FORM["password1"])
    TOTP.activate(ada, "a secret")
    methods = AccountAdapter().get_reauthentication_methods(ada)
    assert [str(method["description"]) for method in methods] == ["Use your password", "Use a code"]


def test_what_is_wrong_with_a_second_step_is_said_in_our_words():
    error = get_mfa_adapter().validation_error("unverified_email")
    assert error.messages == ["Confirm your email address first."]


def test_a_store_that_is_away_gives_a_page_that_says_so(client, settings, caplog, monkeypatch):
    from django.db import OperationalError

    def away(*arguments, **options):
        raise OperationalError("connection refused")

    monkeypatch.setattr("captions.transcripts.views.library._list", away)
    client.force_login(User.objects.create_user("ada"))
    response = client.get(reverse("history"))
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert b"The database cannot be reached" in response.content
    assert all(record.exc_info is None for record in caplog.records)


@pytest.mark.django_db
def test_an_address_offers_what_can_be_done_with_it(visitor, user, settings):
    settings.EMAIL_HOST = "mail.example.org"
    url = reverse("account_email")
    main = EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)

    def offered() -> set[str]:
        return set(re.findall(r'name="action_(\w+)"', visitor.get(url).content.decode()))

    assert offered() == {"add"}
    visitor.post(url, {"action_remove": "", "email": main.email})
    assert EmailAddress.objects.filter(pk=main.pk).exists(), "nobody could reset the password"
    EmailAddress.objects.filter(pk=main.pk).update(verified=False)
    assert offered() == {"add", "send"}
    EmailAddress.objects.filter(pk=main.pk).update(primary=False)
    assert offered() == {"add", "send", "primary"}
    visitor.post(url, {"action_remove": "", "email": main.email})
    assert EmailAddress.objects.filter(pk=main.pk).update(primary=True) == 1
    EmailAddress.objects.create(user=user, email="other@example.org", verified=True)
    assert offered() == {"add", "send", "primary", "remove"}
    EmailAddress.objects.filter(user=user).update(verified=True)
    assert offered() == {"add", "primary", "remove"}
