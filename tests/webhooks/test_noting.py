"""Each event is in the outbox once its transaction is, for whom it may concern and for nobody else."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from captions.live.continuing import reopen
from captions.models import Session, User, WebhookDelivery, WebhookEvent
from captions.models.session import SessionSource
from captions.transcripts import editing, trash
from captions.transcripts.final_writer import FinalRecord, SessionUpdate
from captions.transcripts.final_writer.saving import save, update
from captions.transcripts.wording import Wording
from tests.factories import make_session, make_user, words_of
from tests.webhooks.support import make_webhook, noted

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    user = make_user("maren")
    make_webhook(user)
    return user


def final(session: Session, text: str, start_ms: int = 0) -> FinalRecord:
    words = words_of(text, start_ms)
    return FinalRecord(session.pk, uuid.uuid4(), start_ms, words[-1].end_ms, text, words, 0.9, "en")


def heartbeat(session: Session, **values: Any) -> None:
    now = timezone.now()
    update([SessionUpdate(session.pk, clock_ms=values.pop("clock_ms", 0), clock_at=now, **values)], now)


def events(user: User) -> list[str]:
    return [event for event, _ in noted(user)]


def test_a_sentence_that_is_saved(user: User) -> None:
    session = make_session(user, clock_ms=1)
    WebhookDelivery.objects.all().delete()
    record = final(session, "The pelican sits.")
    save([record])
    # Safe to repeat, and told once.
    save([record])
    assert noted(user) == [("transcript.final", {"session": str(session.pk), "seq": 1})]


def test_nothing_of_it_is_left_if_it_was_not_saved(user: User) -> None:
    session = make_session(user)
    with transaction.atomic():
        save([final(session, "The pelican sits.")])
        transaction.set_rollback(True)
    assert noted(user) == []


def test_saving_costs_one_query_more_however_many_there_are() -> None:
    session = make_session(make_user())
    costs = []
    for webhooks in range(3):
        if webhooks:
            make_webhook(session.user)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            save([final(session, "One.", 1_000 * webhooks), final(session, "Two.", 1_000 * webhooks + 500)])
        costs.append(len([query for query in queries if "whisperstream_note_event" in query["sql"]]))
    assert costs == [1, 1, 1]
    assert WebhookDelivery.objects.count() == 2 * (0 + 1 + 2)


def test_a_file_is_told_as_a_whole(user: User) -> None:
    session = make_session(user, source=SessionSource.FILE, ended_at=timezone.now())
    save([final(session, "The pelican sits.")])
    assert noted(user) == []


def test_only_what_was_chosen_of_only_ones_own_account() -> None:
    user, other = make_user(), make_user()
    make_webhook(user, events=["session.ended"])
    make_webhook(other)
    make_webhook(user, events=["transcript.final"], is_on=False)
    save([final(make_session(user), "The pelican sits.")])
    assert not WebhookDelivery.objects.exists()
    User.objects.filter(pk=other.pk).update(is_active=False)
    save([final(make_session(other), "The pelican sits.")])
    assert not WebhookDelivery.objects.exists()


def test_a_dictation_begins_pauses_and_ends(user: User) -> None:
    session = make_session(user)
    assert events(user) == [], "nobody has said anything yet"
    heartbeat(session)
    heartbeat(session, clock_ms=2_000)
    assert noted(user) == [("session.started", {"session": str(session.pk), "duration_ms": 0})]
    now = timezone.now()
    update([SessionUpdate(session.pk, clock_ms=3_000, clock_at=None, paused=True)], now)
    heartbeat(session, clock_ms=3_000)
    assert events(user) == ["session.started"]
    update([SessionUpdate(session.pk, clock_ms=5_000, clock_at=None, ended_at=now, continuations=0)], now)
    assert noted(user)[-1] == ("session.ended", {"session": str(session.pk), "duration_ms": 5_000})
    reopen(user, session.pk, now)
    session.refresh_from_db()
    session.end(now)
    assert events(user) == ["session.started", "session.ended"] * 2


def test_one_that_is_abandoned(user: User) -> None:
    session = make_session(user)
    heartbeat(session)
    Session.objects.filter(pk=session.pk).update(active_at=timezone.now() - timedelta(hours=1))
    Session.objects.close_abandoned(timezone.now())
    assert events(user) == ["session.started", "session.ended"]


def test_one_that_never_began(user: User) -> None:
    session = make_session(user)
    session.end(timezone.now())
    assert events(user) == []


def test_one_that_is_deleted_while_it_runs(user: User) -> None:
    """Whoever has lit a lamp at its beginning must be able to put it out."""
    session = make_session(user)
    heartbeat(session)
    assert Session.objects.discard_wordless(session.pk)
    assert events(user) == ["session.started", "session.ended"]


def test_one_that_a_page_made_while_it_was_away(user: User) -> None:
    now = timezone.now()
    make_session(user, clock_ms=1_000, clock_at=now)
    make_session(user, clock_ms=1_000, ended_at=now)
    make_session(user, clock_ms=1_000, ended_at=now, source=SessionSource.FILE)
    assert events(user) == ["session.started", "session.ended"]


def test_sentences_that_are_changed(user: User) -> None:
    session = make_session(user, ["The pelican sits.", "A pelican flies.", "So."], ended_at=timezone.now())
    WebhookDelivery.objects.all().delete()
    editing.edit(session.utterances.get(seq=3), "So it is.", 1, user)
    editing.replace_all(session, Wording("pelican", "heron"), user)
    found = noted(user)
    assert [event for event, _ in found] == ["transcript.changed"] * 2
    assert [(data["kind"], data["count"], data["seqs"]) for _, data in found] == [
        ("edit", 1, [3]),
        ("replace", 2, [1, 2]),
    ]
    assert "pelican" not in str(found)


def test_a_change_of_many_sentences_is_one_event_that_names_some(user: User) -> None:
    session = make_session(user, ["The pelican."] * 150, ended_at=timezone.now())
    WebhookDelivery.objects.all().delete()
    editing.replace_all(session, Wording("pelican", "heron"), user)
    ((_, data),) = noted(user)
    assert (data["count"], len(data["seqs"])) == (150, 100)


def test_what_a_person_replaces_always_is_told_with_the_sentence(user: User) -> None:
    user.replacements = [["pelican", "heron"]]
    user.save()
    session = make_session(user)
    save([final(session, "The pelican sits.")])
    assert events(user) == ["transcript.final"]


def test_a_deleted_dictation_that_has_ended_tells_nothing(user: User) -> None:
    session = make_session(user, ["The pelican sits."], ended_at=timezone.now())
    WebhookDelivery.objects.all().delete()
    trash.delete(user, [session.pk], timezone.now())
    Session.all_objects.get(pk=session.pk).erase()
    assert noted(user) == []


def test_the_outbox_goes_with_the_account(user: User) -> None:
    WebhookDelivery.objects.note(WebhookEvent.UPLOAD_DONE, [(user.pk, {})])
    user.delete()
    assert not WebhookDelivery.objects.exists()
