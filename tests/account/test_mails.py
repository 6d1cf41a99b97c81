"""Every mail that allauth can send is ours, in the language of who asked for it; and without a mail server no page
says that one was sent."""

import re
from pathlib import Path
from typing import Any

import allauth
import pytest
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.core import context
from django.conf import settings as product
from django.contrib.auth.models import AnonymousUser
from django.core import mail
from django.template.loader import get_template
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from captions.models import User
from tests.marks import marked_translations, unmarked

_THEIRS = Path(allauth.__file__).parent / "templates"
TEMPLATES = sorted(
    file.relative_to(_THEIRS).as_posix()
    for app in ("account", "mfa", "socialaccount")
    for file in (_THEIRS / app / "email").glob("*.txt")
)
MAILS = sorted(name.removesuffix("_subject.txt") for name in TEMPLATES if name.endswith("_subject.txt"))
# A sentence keeps its meaning with these in it, and they may not be escaped.
NAME = "O'Hara & <Söhne>"
VALUES = {
    "user": NAME,
    "username": NAME,
    "email": "ada@example.org",
    "activate_url": "https://dictation.example.org/confirm?a=1&b=2",
    "password_reset_url": "https://dictation.example.org/reset?a=1&b=2",
    "signup_url": "https://dictation.example.org/signup",
    "code": "12345",
    "from_email": "old@example.org",
    "to_email": "new@example.org",
    "deleted_email": "old@example.org",
    "provider": NAME,
    "ip": "192.0.2.1",
    "user_agent": "A browser & its engine",
}
PASSWORD = "an uncommon sentence"
NEW_PASSWORD = dict.fromkeys(("password1", "password2"), "another uncommon sentence")
NO_MAIL = "This server sends no email"


def rendered(name: str) -> Any:
    request = RequestFactory().get("/", headers={"host": "dictation.example.org"})
    request.user = AnonymousUser()
    with context.request_context(request):
        site = {"domain": "dictation.example.org", "name": "example.com"}
        values = {**VALUES, "request": request, "current_site": site, "timestamp": timezone.now()}
        return get_adapter().render_mail(name, "ada@example.org", values)


@pytest.fixture(autouse=True)
def _hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["dictation.example.org", "testserver"]


@pytest.fixture
def mail_server(settings: Any) -> None:
    settings.EMAIL_HOST = "smtp.example.org"
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_of_a_mail_is_ours(name: str) -> None:
    origin: Any = get_template(name).origin  # type: ignore[attr-defined]
    assert Path(origin.name).is_relative_to(product.BASE_DIR / "templates")


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_said_in_both_languages(name: str) -> None:
    said = {}
    for language in ("en-gb", "de"):
        with translation.override(language):
            message = rendered(name)
        said[language] = f"{message.subject}\n{message.body}"
        assert message.subject.startswith("WhisperStream: ")
        assert "dictation.example.org" in message.body
        assert "\n\n\n" not in message.body
        assert not re.search(r"example\.com|localhost|&amp;|&#|&lt;", said[language])
    assert not re.search(r"\b(Sie|Ihr(e[nmrs]?)?|Ihnen)\b", said["de"])


@pytest.mark.parametrize("name", MAILS)
def test_every_word_of_a_mail_is_in_the_catalogs(name: str) -> None:
    with marked_translations():
        message = rendered(name)
    outside = unmarked(f"{message.subject}\n{message.body}")
    for value in VALUES.values():
        outside = outside.replace(value, "")
    assert re.findall(r"[A-Za-z]{2,}", outside.replace("WhisperStream", "")) == []


@pytest.mark.django_db
@pytest.mark.usefixtures("mail_server")
def test_a_change_is_noticed_by_mail_in_the_language_of_its_person(client: Client) -> None:
    ada = User.objects.create_user("ada", "ada@example.org", PASSWORD, interface_language="de")
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
    client.force_login(ada)
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **NEW_PASSWORD})
    (notice,) = mail.outbox
    assert "Passwort" in notice.subject
    assert "http://testserver/accounts/password/reset/" in str(notice.body)
    assert "127.0.0.1" in str(notice.body)


@pytest.mark.django_db
@pytest.mark.usefixtures("mail_server")
def test_a_mail_server_that_is_away_undoes_no_change(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*arguments: Any, **options: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", away)
    ada = User.objects.create_user("ada", "ada@example.org", PASSWORD)
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
    client.force_login(ada)
    response = client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, **NEW_PASSWORD})
    assert response.status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(NEW_PASSWORD["password1"])
    # What needs the mail says that there is none.
    client.logout()
    for url, form in (
        ("account_reset_password", {"email": "ada@example.org"}),
        ("account_signup", {"email": "lovelace@example.org", "password1": PASSWORD}),
    ):
        answer = client.post(reverse(url), form)
        assert answer.status_code == 503
        assert "No email was sent" in answer.content.decode()
    assert client.login(username="lovelace", password=PASSWORD)


@pytest.mark.django_db
def test_without_a_mail_server_an_account_needs_no_link(client: Client) -> None:
    form = {"email": "ada@example.org", "password1": PASSWORD}
    page = client.post(reverse("account_signup"), form, follow=True).content.decode()
    assert mail.outbox == []
    assert not re.search(r"[Ww]e sent|terminal|confirm", page)
    assert client.session["_auth_user_id"] == str(User.objects.get().pk)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    addresses = client.get(reverse("account_email")).content.decode()
    assert "confirmed" not in addresses
    assert "action_send" not in addresses
    added = client.post(
        reverse("account_email"), {"action_add": "", "email": "lovelace@example.org"}, follow=True
    )
    assert mail.outbox == []
    assert "lovelace@example.org was added." in added.content.decode()
    # The second step of the login waits for no confirmation either.
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


@pytest.mark.django_db
def test_without_a_mail_server_a_forgotten_password_leads_to_who_runs_it(client: Client) -> None:
    User.objects.create_user("ada", "ada@example.org", PASSWORD)
    asked = client.get(reverse("account_reset_password")).content.decode()
    done = client.post(reverse("account_reset_password"), {"email": "ada@example.org"}, follow=True)
    for page in (asked, done.content.decode()):
        assert NO_MAIL in page
        assert not re.search(r"send you|on its way|spam", page)
    (printed,) = mail.outbox
    assert "/accounts/password/reset/key/" in str(printed.body)


@pytest.mark.django_db
def test_without_a_mail_server_a_link_that_is_asked_for_all_the_same_is_in_the_log(
    client: Client, settings: Any
) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    form = {"email": "ada@example.org", "password1": PASSWORD}
    page = client.post(reverse("account_signup"), form, follow=True).content.decode()
    assert NO_MAIL in page
    assert not re.search(r"[Ww]e sent|spam", page)
    assert len(mail.outbox) == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("mail_server")
def test_with_a_mail_server_pages_speak_of_the_mail(client: Client) -> None:
    form = {"email": "ada@example.org", "password1": PASSWORD}
    page = client.post(reverse("account_signup"), form, follow=True).content.decode()
    assert "We sent a link to ada@example.org." in page
    asked = client.get(reverse("account_reset_password")).content.decode()
    assert NO_MAIL not in asked


@pytest.mark.django_db
@pytest.mark.usefixtures("mail_server")
def test_only_the_mail_tells_who_has_an_account(client: Client) -> None:
    users = [
        User.objects.create_user(name, f"{name}@example.org", PASSWORD) for name in ("ada", "grace", "zoe")
    ]
    for user in users:
        EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)

    def said(url: str, form: dict[str, str]) -> tuple[int, str]:
        answer = client.post(reverse(url), form, follow=True)
        page = answer.content.decode().replace(form["email"], "ADDRESS")
        return answer.status_code, re.sub(r'"[A-Za-z0-9]{32,}"|nonce="[^"]+"', "", page)

    for url, others in (("account_signup", {"password1": PASSWORD}), ("account_reset_password", {})):
        known = said(url, {"email": "ada@example.org", **others})
        assert known == said(url, {"email": "nobody@example.org", **others})
        assert "_auth_user_id" not in client.session
    client.force_login(users[1])
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    known = said("account_email", {"action_add": "", "email": "zoe@example.org"})
    assert "We sent a link to ADDRESS." in known[1]
    for action in ("action_primary", "action_remove"):
        client.post(reverse("account_email"), {action: "", "email": "zoe@example.org"}, follow=True)
    assert known == said("account_email", {"action_add": "", "email": "zz@example.org"})
    for user in users:
        user.refresh_from_db()
    assert [user.email for user in users] == ["ada@example.org", "grace@example.org", "zoe@example.org"]
