"""What is sent: numbers and a link, and words only where their owner wants it."""

import json
from typing import Any

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from captions.models import Session, Upload, User
from captions.transcripts import editing, trash
from captions.webhooks.payload import body
from tests.factories import make_session, make_user
from tests.webhooks.support import add_delivery, make_webhook

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user("maren")


@pytest.fixture
def session(user: User, settings: Settings) -> Session:
    settings.ALLOWED_ORIGINS = ["https://captions.example", "https://other.example"]
    return make_session(user, ["The pelican sits.", "It flies."], title="Harbour", ended_at=timezone.now())


def sent(user: User, event: str, *, with_text: bool = False, **data: Any) -> Any:
    endpoint, _ = make_webhook(user, with_text=with_text)
    return json.loads(body(add_delivery(endpoint, event, **data)))


def test_a_sentence_is_thin(user: User, session: Session) -> None:
    content = sent(user, "transcript.final", session=str(session.pk), seq=2)
    assert content["type"] == "transcript.final"
    assert content["timestamp"].endswith("Z")
    assert content["data"] == {
        "session": str(session.pk),
        "url": f"https://captions.example{session.get_absolute_url()}",
        "seq": 2,
        "version": 1,
        "start_ms": 2_000,
        "end_ms": 2_400,
        "language": "en",
    }


def test_a_sentence_with_its_text(user: User, session: Session) -> None:
    content = sent(user, "transcript.final", with_text=True, session=str(session.pk), seq=1)
    assert content["data"]["text"] == "The pelican sits."
    assert content["data"]["title"] == "Harbour"


def test_it_is_the_sentence_as_it_is_when_it_is_sent(user: User, session: Session) -> None:
    editing.edit(session.utterances.get(seq=1), "The heron sits.", 1, user)
    data = sent(user, "transcript.final", with_text=True, session=str(session.pk), seq=1)["data"]
    assert (data["version"], data["text"]) == (2, "The heron sits.")


def test_changed_sentences(user: User, session: Session) -> None:
    data = sent(user, "transcript.changed", session=str(session.pk), count=2, seqs=[1, 2])["data"]
    assert [row["seq"] for row in data["utterances"]] == [1, 2]
    assert "seqs" not in data
    assert "text" not in data["utterances"][0]
    data = sent(user, "transcript.changed", with_text=True, session=str(session.pk), seqs=[2])["data"]
    assert [row["text"] for row in data["utterances"]] == ["It flies."]


def test_nothing_goes_out_of_a_transcript_that_was_deleted_meanwhile(user: User, session: Session) -> None:
    trash.delete(user, [session.pk], timezone.now())
    data = sent(user, "transcript.final", with_text=True, session=str(session.pk), seq=1)["data"]
    assert data == {"session": str(session.pk), "seq": 1}
    pk = str(session.pk)
    session.erase()
    data = sent(user, "transcript.changed", with_text=True, session=pk, seqs=[1])["data"]
    assert data == {"session": pk}


def test_a_file(user: User) -> None:
    upload = Upload.objects.create(user=user, name="harbour.wav", size=1)
    assert sent(user, "upload.failed", upload=str(upload.pk))["data"] == {"upload": str(upload.pk)}
    data = sent(user, "upload.failed", with_text=True, upload=str(upload.pk))["data"]
    assert data["name"] == "harbour.wav"


def test_a_test(user: User) -> None:
    assert sent(user, "test")["data"] == {}
