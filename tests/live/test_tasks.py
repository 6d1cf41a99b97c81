import datetime

import pytest
from django.utils import timezone

from captions.live import tasks
from captions.live.continuing import reopen
from captions.models import Recording, Session, TranscriptGap, User
from captions.models.session import SessionQuerySet
from captions.recordings.parts import parts_folder
from tests.factories import make_session

pytestmark = pytest.mark.django_db


def test_abandoned_sessions_are_closed_once():
    user = User.objects.create_user("ada")
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    abandoned = Session.objects.create(user=user, active_at=long_ago, gen=1)
    live = Session.objects.create(user=user)
    tasks.close_abandoned_sessions.apply(throw=True)
    tasks.close_abandoned_sessions.apply(throw=True)
    abandoned.refresh_from_db()
    live.refresh_from_db()
    assert abandoned.ended_at == long_ago
    assert live.ended_at is None


def test_dictations_in_which_nothing_was_said_are_deleted_a_day_after_they_ended():
    user = User.objects.create_user("ada")
    day_ago = timezone.now() - datetime.timedelta(days=1, minutes=1)
    make_session(user, ended_at=day_ago)
    kept = [
        make_session(user, ended_at=timezone.now()),
        make_session(user, ["Words."], ended_at=day_ago),
        make_session(user, ended_at=day_ago, title="A plan"),
        make_session(user, ended_at=day_ago, source="file"),
    ]
    for kind in ("note", "tag", "gap", "given up"):
        session = make_session(user, ended_at=day_ago)
        kept.append(session)
        match kind:
            case "note":
                session.notes.create(at_ms=0, text="Ask Ada.")
            case "tag":
                session.tags.create(user=user, name="plans")
            case "gap":
                session.gaps.create(start_ms=0, end_ms=900)
            case "given up":
                session.gaps.create(start_ms=0, end_ms=900, due_at=None, attempts=TranscriptGap.MOST_ATTEMPTS)
    decoded = make_session(user, ended_at=day_ago)
    decoded.gaps.create(start_ms=0, end_ms=900, due_at=None, attempts=1)
    expired = make_session(user, ended_at=day_ago, keep_sound=True)
    Recording.objects.create(session=expired, deleted_at=day_ago)
    tasks.discard_wordless_sessions.apply(throw=True)
    assert set(Session.objects.all()) == set(kept)


def test_sound_that_its_person_chose_to_keep_is_not_deleted_for_having_no_words(settings, tmp_path):
    settings.SOUND_DIR = tmp_path
    user = User.objects.create_user("ada")
    day_ago = timezone.now() - datetime.timedelta(days=1, minutes=1)
    recorded, unfinished = (make_session(user, ended_at=day_ago, keep_sound=True) for _ in range(2))
    Recording.objects.create(session=recorded, file="sung.opus", duration_ms=60_000, size=5)
    parts_folder().of(str(unfinished.pk)).mkdir(parents=True)
    tasks.discard_wordless_sessions.apply(throw=True)
    assert set(Session.objects.all()) == {recorded, unfinished}
    assert list(user.sessions.worded()) == [recorded], "it is listed, so that it can be heard and deleted"


def test_a_dictation_that_was_continued_meanwhile_is_not_deleted(monkeypatch):
    user = User.objects.create_user("ada")
    day_ago = timezone.now() - datetime.timedelta(days=1, minutes=1)
    session = make_session(user, ended_at=day_ago, clock_ms=9_000, gen=1)
    discard = SessionQuerySet.discard_wordless

    def after_continuing(self, pk):
        reopen(user, pk, timezone.now())
        return discard(self, pk)

    monkeypatch.setattr(SessionQuerySet, "discard_wordless", after_continuing)
    tasks.discard_wordless_sessions.apply(throw=True)
    assert Session.objects.get() == session


def test_a_dictation_that_was_never_offered_is_deleted_when_it_is_abandoned():
    user = User.objects.create_user("ada")
    long_ago = timezone.now() - datetime.timedelta(hours=1)
    make_session(user, active_at=long_ago)
    titled = make_session(user, active_at=long_ago, title="A plan")
    assert Session.objects.close_abandoned(timezone.now()) == 1
    assert Session.objects.get() == titled
