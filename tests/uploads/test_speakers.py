"""Files in which several people speak."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from captions.asr.offline.listener import Ended, Progress
from captions.asr.speakers.engine import NOT_INSTALLED, WantedSpeakers
from captions.models import Session, Upload
from captions.models.upload import DONE
from captions.speech.passage import Passage
from captions.speech.turns import Turn
from captions.uploads import tags, writing
from tests.factories import make_user, words_of
from tests.jobs.support import script

from .conftest import MakeUpload

pytestmark = pytest.mark.usefixtures("sound")


def passage(text: str, start_ms: int) -> Passage:
    words = words_of(text, start_ms)
    return Passage(start_ms, words[-1].end_ms, text, words, 0.9, "en")


SAID = (passage("The tide is high.", 0), passage("We should wait.", 2_000), passage("Let us sail.", 4_000))
TURNS = (Turn(0, 1_000, 4), Turn(1_900, 3_000, 0), Turn(3_900, 5_000, 4))


def test_voices_are_told_apart_where_somebody_wants_it(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.SPEAKER_MODELS = "/models"
    upload = make_upload(b"sound", tell_speakers=True)
    jobs = script(monkeypatch, *SAID, Progress(5_000, 5_000), Ended(5_000, turns=TURNS))
    writing.write(upload.pk)
    upload.refresh_from_db()
    session = Session.objects.get()
    assert (upload.state, upload.message, session.voices) == (DONE, "", 2)
    assert [row.speaker for row in session.utterances.in_time()] == [1, 2, 1]
    assert jobs[0].speakers == WantedSpeakers("/models", settings.WHISPER_CPU_THREADS)


def test_they_are_not_unless_somebody_wants_it(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound")
    jobs = script(monkeypatch, *SAID, Ended(5_000))
    writing.write(upload.pk)
    assert jobs[0].speakers is None
    session = Session.objects.get()
    assert (session.voices, session.tells_speakers) == (0, False)
    assert {row.speaker for row in session.utterances.all()} == {0}


def test_a_transcript_is_kept_where_voices_cannot_be_told_apart(
    make_upload: MakeUpload, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = make_upload(b"sound", tell_speakers=True)
    script(monkeypatch, *SAID, Ended(5_000, untold=NOT_INSTALLED, why="pip install"))
    writing.write(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.sentence) == (DONE, NOT_INSTALLED)
    assert Session.objects.get().utterances.count() == 3


def test_the_wish_is_taken_where_the_server_can(
    client: Client, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    maren = make_user("maren")
    client.force_login(maren)
    for is_there in (False, True):
        monkeypatch.setattr(tags, "is_installed", lambda there=is_there: there)
        page = client.get(reverse("history")).content.decode()
        assert ('id="tell-speakers"' in page) == is_there
    fields = {"name": "talk.wav", "size": "10", "tell_speakers": "true"}
    client.post(reverse("uploads"), fields)
    client.post(reverse("uploads"), {**fields, "name": "note.wav", "tell_speakers": "false"})
    wishes = dict(Upload.objects.filter(user=maren).values_list("name", "tell_speakers"))
    assert wishes == {"talk.wav": True, "note.wav": False}
