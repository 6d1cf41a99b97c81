"""Only the sound of a dictation is deleted, because its person wants that."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from captions.models import Proposal, Recording, Session
from captions.models.recording import sound_storage
from captions.recordings import joining
from captions.recordings.deletion import SoundError, delete_sound
from captions.recordings.parts import parts_folder
from tests.factories import make_session, make_user
from tests.recordings.support import Session as Heard
from tests.recordings.support import keep
from tests.recordings.test_joining import files
from tests.speech_data import load_pcm
from tests.webrtc.speech_packets import packets_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]

NOW = timezone.now()
SPEECH = packets_of(load_pcm("note-en-us"))[:100]


@pytest.fixture
def session(sound: Path) -> Session:
    """Ended, with its sound on the disk as it came in."""
    session = make_session(make_user(), ["one"], ended_at=NOW - timedelta(minutes=10), keep_sound=True)
    keep(session, Heard().take(SPEECH))
    return session


def test_it_is_gone_from_the_disk_and_the_text_is_not(sound: Path, session: Session) -> None:
    joining.finish_all()
    assert len(files(sound)) == 1
    Proposal.objects.create(session=session)
    delete_sound(session, NOW)
    assert files(sound) == []
    recording = Recording.objects.get()
    assert (recording.deleted_at, recording.file.name, recording.size) == (NOW, "", 0)
    assert session.utterances.get().text == "one"
    assert not Proposal.objects.exists(), "what else was heard in it"
    delete_sound(session, NOW + timedelta(days=1))
    assert Recording.objects.get().deleted_at == NOW


def test_what_was_not_joined_yet_never_will_be(sound: Path, session: Session) -> None:
    delete_sound(session, NOW)
    assert files(sound) == []
    assert joining.finish_all() == 0
    assert Recording.objects.get().deleted_at == NOW


def test_what_is_handed_over_later_is_not_kept(sound: Path, session: Session) -> None:
    (part,) = parts_folder().parts(str(session.pk))
    late = part.path.rename(sound / "late.opus")
    delete_sound(session, NOW)
    joining.keep(session, late, 1_000)
    assert files(sound) == []
    assert Recording.objects.get().deleted_at == NOW


def test_where_none_was_kept_none_is_said_to_be_deleted(sound: Path) -> None:
    delete_sound(make_session(make_user(), ["one"], ended_at=NOW), NOW)
    assert not Recording.objects.exists()


def test_sound_that_somebody_works_on_is_not_said_to_be_deleted(sound: Path, session: Session) -> None:
    with parts_folder().claimed(str(session.pk)), pytest.raises(SoundError, match="Try again in a minute"):
        delete_sound(session, NOW)
    assert len(files(sound)) == 1
    assert joining.finish_all() == 1


def test_a_dictation_that_goes_on_keeps_its_sound(sound: Path, session: Session) -> None:
    Session.objects.update(ended_at=None)
    with pytest.raises(SoundError, match="when this dictation has ended"):
        delete_sound(session, NOW)
    assert len(files(sound)) == 1


def test_a_storage_that_refuses_leaves_all_as_it_was(
    sound: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    joining.finish_all()

    def refuse(name: str) -> None:
        raise PermissionError(name)

    monkeypatch.setattr(sound_storage(), "delete", refuse)
    with pytest.raises(SoundError, match="could not be deleted"):
        delete_sound(session, NOW)
    assert Recording.objects.kept().count() == 1
    assert Session.objects.get().keep_sound
