import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.account.archive.contents import of_session
from captions.account.deletion import erase
from captions.models import CaptionOutput, OutputKind, Session, User
from captions.transcripts import trash
from tests.factories import make_session, make_user, make_utterance

YOUTUBE = "https://upload.youtube.com/closedcaption?cid=secret-cid"
ZOOM = "https://wmcc.zoom.us/closedcaption?id=1&signature=secret-signature"


@pytest.fixture
def session(user: User) -> Session:
    return make_session(user, ["One."], gen=1, title="The talk")


def url(session: Session) -> str:
    return reverse("outputs", args=[session.pk])


def add(client: Client, session: Session, address: str = YOUTUBE) -> Any:
    return client.post(url(session), {"address": address})


def test_an_address_is_pasted_kept_and_never_shown_again(visitor: Client, session: Session) -> None:
    page = visitor.get(url(session)).content.decode()
    assert "The captions of this dictation go nowhere else." in page
    assert add(visitor, session).headers["Location"] == url(session)
    assert add(visitor, session, ZOOM).status_code == 302
    first, second = CaptionOutput.objects.order_by("pk")
    assert (first.kind, first.host, first.address) == (OutputKind.YOUTUBE, "upload.youtube.com", YOUTUBE)
    assert (first.sent_seq, first.next_number) == (1, 1), "from here on"
    assert (second.kind, second.address, second.next_number) == (OutputKind.ZOOM, ZOOM, None)
    assert b"secret" not in bytes(first.sealed)
    answer = visitor.get(url(session))
    page = answer.content.decode()
    assert "upload.youtube.com" in page
    assert "Waiting for the first sentence." in page
    assert "secret" not in page
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("address", ["", "https://example.org/", "nonsense"])
def test_a_wrong_address_gets_a_sentence(visitor: Client, session: Session, address: str) -> None:
    answer = add(visitor, session, address)
    assert answer.status_code == 400
    assert 'class="help error"' in answer.content.decode()
    assert not CaptionOutput.objects.exists()


def test_other_hosts_only_as_the_operator_says(visitor: Client, session: Session, settings: Settings) -> None:
    assert add(visitor, session, "http://captions.lan:81/closedcaption").status_code == 400
    settings.CAPTION_OUTPUT_HOSTS = ["captions.lan"]
    assert add(visitor, session, "http://captions.lan:81/closedcaption").status_code == 302


def test_one_address_only_once_and_not_too_many(visitor: Client, session: Session) -> None:
    add(visitor, session)
    assert "Captions go to this address already." in add(visitor, session).content.decode()
    for number in range(3):
        assert add(visitor, session, f"{ZOOM}{number}").status_code == 302
    refused = add(visitor, session, f"{ZOOM}9")
    assert refused.status_code == 400
    assert "Captions of one dictation can go to 4 addresses." in refused.content.decode()
    assert 'name="address"' not in visitor.get(url(session)).content.decode()


def test_not_to_a_dictation_that_has_ended(visitor: Client, session: Session) -> None:
    Session.objects.update(ended_at=timezone.now())
    answer = visitor.get(url(session))
    assert 'name="address"' not in answer.content.decode()
    assert add(visitor, session).status_code == 400
    assert not CaptionOutput.objects.exists()


def test_the_numbers_of_youtube_go_on_in_another_dictation(
    visitor: Client, session: Session, user: User
) -> None:
    add(visitor, session)
    CaptionOutput.objects.update(next_number=57)
    second, other = make_session(user, gen=1), make_session(gen=1)
    add(visitor, second)
    add(visitor, second, f"{YOUTUBE}-2")
    assert [each.next_number for each in second.outputs.order_by("pk")] == [57, 1]
    client = Client()
    client.force_login(other.user)
    add(client, other)
    assert other.outputs.get().next_number == 1, "nothing is learned of other people's"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, "Waiting for the first sentence."),
        ({"answered_at": timezone.now()}, "Connected. Waiting for the first sentence."),
        ({"answered_at": timezone.now(), "sent_at": timezone.now()}, "Working. The last words were sent at "),
        ({"problem": "YouTube is busy. Trying again."}, "YouTube is busy. Trying again."),
    ],
    ids=["new", "connected", "working", "failing"],
)
def test_how_it_is_going(visitor: Client, session: Session, fields: dict[str, Any], shown: str) -> None:
    add(visitor, session)
    CaptionOutput.objects.update(**fields)
    part = visitor.get(url(session), headers={"HX-Request": "true"}).content.decode()
    assert shown in part
    assert "<html" not in part
    assert 'hx-trigger="every 5s"' in part


def test_words_that_nobody_sends_are_noticed(visitor: Client, session: Session) -> None:
    add(visitor, session)
    make_utterance(session, "Two.")
    assert "Nothing is being sent." not in visitor.get(url(session)).content.decode()
    session.utterances.update(created_at=timezone.now() - timedelta(minutes=1))
    assert "Nothing is being sent." in visitor.get(url(session)).content.decode()
    CaptionOutput.objects.update(sent_seq=2)
    assert "Nothing is being sent." not in visitor.get(url(session)).content.decode()


def test_the_page_of_the_session_says_where_captions_go(visitor: Client, session: Session) -> None:
    page = visitor.get(session.get_absolute_url()).content.decode()
    assert url(session) in page
    add(visitor, session)
    assert "Captions go to YouTube." in visitor.get(session.get_absolute_url()).content.decode()
    CaptionOutput.objects.update(problem="YouTube is busy. Trying again.")
    assert "YouTube is busy. Trying again." in visitor.get(session.get_absolute_url()).content.decode()
    Session.objects.update(ended_at=timezone.now())
    assert url(session) not in visitor.get(session.get_absolute_url()).content.decode()


def test_the_menu_of_a_dictation_leads_to_the_one_that_runs(
    visitor: Client, session: Session, user: User
) -> None:
    now = timezone.now()
    make_session(user, gen=1, created_at=now + timedelta(seconds=1), ended_at=now)
    make_session(user, created_at=now + timedelta(seconds=1))
    make_session(gen=1, created_at=now + timedelta(seconds=1))
    assert reverse("outputs-running") in visitor.get("/").content.decode()
    assert visitor.get(reverse("outputs-running")).headers["Location"] == url(session)
    session.delete()
    assert "Start a dictation" in visitor.get(reverse("outputs-running")).content.decode()


def test_an_address_is_removed(visitor: Client, session: Session) -> None:
    add(visitor, session)
    output = CaptionOutput.objects.get()
    path = reverse("output-remove", args=[session.pk, output.pk])
    assert visitor.get(path).status_code == 405
    assert visitor.post(path).headers["Location"] == url(session)
    assert not CaptionOutput.objects.exists()
    assert visitor.post(path).status_code == 404


def test_only_of_ones_own_dictations(visitor: Client, user: User) -> None:
    theirs = make_session(gen=1)
    owner = Client()
    owner.force_login(theirs.user)
    add(owner, theirs)
    output = CaptionOutput.objects.get()
    mine = make_session(user, gen=1)
    deleted = make_session(user, gen=1)
    trash.delete(user, [deleted.pk], timezone.now())
    for session in (theirs, deleted):
        assert visitor.get(url(session)).status_code == 404
        assert add(visitor, session).status_code == 404
        for through in (session, mine):
            path = reverse("output-remove", args=[through.pk, output.pk])
            assert visitor.post(path).status_code == 404
    assert CaptionOutput.objects.get() == output


def test_only_for_people_with_an_account(client: Client, session: Session) -> None:
    for path in (url(session), reverse("outputs-running"), reverse("output-remove", args=[session.pk, 1])):
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code in (302, 405)
            assert answer.headers.get("Location", "/accounts/login/").startswith("/accounts/login/")
    assert not CaptionOutput.objects.exists()


def test_a_form_of_another_site_does_nothing(user: User, session: Session) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    assert add(client, session).status_code == 403
    output = CaptionOutput.objects.create(session=session, kind="zoom", sealed=b"", host="zoom.us")
    assert client.post(reverse("output-remove", args=[session.pk, output.pk])).status_code == 403
    assert CaptionOutput.objects.get() == output


def test_an_archive_names_the_service_and_not_the_address(visitor: Client, session: Session) -> None:
    add(visitor, session)
    make_utterance(session, "Two.")
    about = next(member for member in of_session(session) if member.name.endswith("about.json"))
    text = b"".join(about.chunks).decode()
    assert json.loads(text)["captions_sent_to"] == [
        {"service": "youtube", "host": "upload.youtube.com", "last_words_at": None}
    ]
    assert "secret" not in text


def test_a_deleted_account_leaves_no_address(visitor: Client, session: Session, user: User) -> None:
    add(visitor, session)
    other = CaptionOutput.objects.create(
        session=make_session(make_user(), gen=1), kind="zoom", sealed=b"", host="zoom.us"
    )
    erase(user, timeout_seconds=0)
    assert CaptionOutput.objects.get() == other


def test_administrators_see_how_it_is_going_and_can_end_it_but_not_read_the_address(
    visitor: Client, session: Session, user: User
) -> None:
    add(visitor, session)
    User.objects.update(is_staff=True, is_superuser=True)
    output = CaptionOutput.objects.get()
    listed = visitor.get("/admin/captions/captionoutput/").content.decode()
    shown = visitor.get(f"/admin/captions/captionoutput/{output.pk}/change/").content.decode()
    for page in (listed, shown):
        assert "upload.youtube.com" in page
        assert "secret" not in page
        assert bytes(output.sealed).decode() not in page
    visitor.post(f"/admin/captions/captionoutput/{output.pk}/delete/", {"post": "yes"})
    assert not CaptionOutput.objects.exists()
