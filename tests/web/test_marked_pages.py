"""Everything that pages and mails say goes through the catalogs. What people write is in Greek here, so that every
Latin letter outside of the marks is one of ours."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core import mail
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from captions.models import Archive, Note, Recording, Session, Tag, User
from captions.review import queue
from captions.transcripts import editing, tagging, trash
from tests.factories import make_ended_session, make_session, make_user
from tests.marks import marked_translations, outside_marks, unmarked
from tests.review.support import doubt, make_reviewer

# Names: of the product, of formats, of keys, of languages by themselves, of time zones; a field that allauth has not
# named; what Django's administration leaves untranslated; what is in the database.
_NAMES = re.compile(
    r"WhisperStream|Whisper|Stream|SRT|WebVTT|VTT|Markdown|JSON|DOCX|Word\b|HTML|CRLF|LF|\bText$|\.en\.\w+$|"
    r"Shift\+Enter|Alt\+|English|Deutsch|UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_ -]+)+|[^\s\"]+@[^\s\"]+|"
    r"\bmin\b|\bMB\b|\bkB\b|WHISPER_MODEL|testserver|^Name$|"
    r"Authenticators|^(Search|True|False)$|Reviewers|Sentences [0-9]|[0-9a-f]+(-[0-9a-f]+){4}|\ben$"
)
_WORD = re.compile(r"[A-Za-z]{2,}")


@pytest.fixture(autouse=True)
def _marks() -> Iterator[None]:
    with marked_translations():
        yield


@pytest.fixture
def person(db: None) -> User:
    user = make_reviewer("ελενη", email="e@example.org", is_superuser=True)
    user.vocabulary, user.time_zone = ["Κως"], "Asia/Tokyo"
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def visitor(person: User) -> Client:
    client = Client()
    client.force_login(person)
    # Some pages want the password to have been given just now.
    client.post("/accounts/reauthenticate/", {"password": "a long password"})
    return client


@pytest.fixture
def session(person: User) -> Session:
    at = timezone.now() - timedelta(days=400)
    session = make_ended_session(
        person, ["Ο ουρανος ειναι.", "Το πλοιο φευγει.", "Ναι."], at=at, title="Πλοιο"
    )
    row = session.utterances.get(seq=1)
    editing.edit(row, "Ο ουρανος ηταν.", row.version, person)
    doubt(session, 2, 1)
    Note.objects.create(session=session, at_ms=0, kind="heading", text="Πρωτα")
    Note.objects.create(session=session, at_ms=2_000, kind="note", text="Μετα")
    session.tags.add(Tag.objects.create(user=person, name="Αιγαιο"))
    Recording.objects.create(
        session=session, file=ContentFile(b"x", "x.ogg"), duration_ms=6_000, size=1, peaks=b"1"
    )
    return session


PUBLIC = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/accounts/password/reset/done/",
    "/accounts/password/reset/key/done/",
    "/accounts/password/reset/key/1-x/",
    "/accounts/confirm-email/",
    "/accounts/confirm-email/x/",
    "/accounts/inactive/",
    "/accounts/3rdparty/login/cancelled/",
    "/accounts/3rdparty/login/error/",
    "/deleted/",
    "/nothing/here/",
]
PRIVATE = [
    "/",
    "/?session={session}",
    "/sessions/",
    "/sessions/?q=πλοιο",
    "/sessions/?q=πλοια",
    "/sessions/?q=πλοιο&when=dates&select=1",
    "/sessions/?select=1",
    "/sessions/deleted/",
    "/sessions/tags/",
    "/sessions/{session}/",
    "/sessions/{session}/?q=πλοιο",
    "/sessions/{session}/versions/",
    "/sessions/{session}/player/",
    "/sessions/{session}/delete/",
    "/sessions/{session}/utterances/1/",
    "/sessions/{session}/utterances/1/versions/",
    "/sessions/{session}/captions/",
    "/captions/{session}/",
    "/sessions/{session}/export/",
    "/settings/",
    "/settings/data/",
    "/settings/data/delete/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/2fa/webauthn/",
    "/accounts/2fa/webauthn/add/",
    "/accounts/3rdparty/",
    "/accounts/logout/",
    "/nothing/here/",
]
ADMIN = [
    "/admin/",
    "/admin/captions/session/",
    "/admin/captions/session/{session}/change/",
    "/admin/captions/user/",
    "/admin/captions/user/{person}/delete/",
    "/admin/captions/utterance/",
    "/admin/captions/access/",
    "/admin/captions/review/",
    "/admin/captions/review/figures/",
    "/admin/captions/review/{review}/",
]


def test_public_pages(client: Client, db: None) -> None:
    assert _unmarked(client, PUBLIC) == []


def test_pages_of_a_person(visitor: Client, session: Session, person: User) -> None:
    Archive.objects.create(user=person)
    tagging.add(person, [session], "πλοια")
    trash.delete(person, [make_ended_session(person, ["Αντιο."]).pk], timezone.now())
    assert _unmarked(visitor, PRIVATE, session=session.pk) == []


def test_pages_of_somebody_who_is_new(visitor: Client, person: User) -> None:
    empty = make_session(person)
    pages = ["/", "/sessions/", "/sessions/{session}/", "/sessions/{session}/player/", "/settings/data/"]
    assert _unmarked(visitor, pages, session=empty.pk) == []


def test_pages_about_two_steps(visitor: Client, person: User) -> None:
    TOTP.activate(person, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(person)
    pages = ["", "totp/deactivate/", "recovery-codes/generate/", "recovery-codes/", "reauthenticate/"]
    assert _unmarked(visitor, [f"/accounts/2fa/{page}" for page in pages]) == []


def test_pages_of_the_administration(visitor: Client, person: User) -> None:
    session = make_ended_session(make_user("αλλη"), ["Το πλοιο φευγει."], title="Πλοιο")
    doubt(session, 1, 1)
    queue.tend(timezone.now())
    assert _unmarked(visitor, ADMIN, session=session.pk, person=person.pk, review=session.review.pk) == []


def test_what_is_wrong_with_forms(visitor: Client, client: Client, session: Session) -> None:
    wrong = {
        "/settings/": {
            "vocabulary": "...",
            "replacements": "α",
            "pause": "9",
            "sound_days": "0",
            "theme": "χ",
        },
        f"/sessions/{session.pk}/rename/": {"title": "χ" * 300},
        f"/sessions/{session.pk}/utterances/1/": {"text": "χ" * 6_000, "version": "1"},
        "/accounts/password/change/": {"oldpassword": "χ", "password1": "1"},
        "/accounts/email/": {"action_add": "", "email": "χ"},
        f"/sessions/{session.pk}/tags/": {"name": ""},
    }
    found = [_strange(visitor.post(path, said).content.decode()) for path, said in wrong.items()]
    found += [
        _strange(client.post(path, said).content.decode())
        for path, said in {
            "/accounts/login/": {"login": "χ", "password": "χ"},
            "/accounts/signup/": {"email": "χ", "password1": "1"},
        }.items()
    ]
    assert [text for each in found for text in each] == []


def test_mails(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"email": "n@example.org", "password1": "ενας μακρυς κωδικος"})
    Client().post("/accounts/password/reset/", {"email": "n@example.org"})
    Client().post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert len(mail.outbox) >= 2
    for each in mail.outbox:
        said = f"{unmarked(str(each.subject))}\n{unmarked(str(each.body))}"
        assert re.findall(r"[A-Za-z]{2,}", re.sub(r"https?://\S+", "", _NAMES.sub("", said))) == [], each.body


def _unmarked(client: Client, paths: list[str], **names: object) -> list[str]:
    found = []
    for path in paths:
        response = client.get(path.format(**names))
        html = response.content.decode()
        assert html, f"{path} leads to {response.headers}"
        found += [f"{path}: {text}" for text in _strange(html)]
    return found


def _strange(html: str) -> list[str]:
    return [text for text in outside_marks(html) if _WORD.search(_NAMES.sub("", text))]
