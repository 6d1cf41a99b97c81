import pytest

from captions.models import Recording
from captions.second_pass import tasks
from tests.factories import make_ended_session, make_user

pytestmark = pytest.mark.django_db


def test_a_recording_that_has_come_is_listened_to_again(monkeypatch):
    session = make_ended_session(make_user(), ["Hello there."], keep_sound=True)
    Recording.objects.create(session=session, file="sound.opus", duration_ms=9_000, peaks=b"1")
    asked: list[str] = []
    monkeypatch.setattr(tasks.listen_again, "delay", asked.append)
    tasks.listen_to_what_ended.apply(throw=True)
    tasks.listen_to_what_ended.apply(throw=True)
    assert asked == [str(session.proposal.pk)]
