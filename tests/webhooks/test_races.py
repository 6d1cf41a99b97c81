"""An endpoint is deleted in the moment in which a sentence is saved: neither may fail, nor wait for the other."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from captions.models import Session, User, WebhookDelivery, WebhookEndpoint
from captions.transcripts.final_writer import FinalRecord
from captions.transcripts.final_writer.saving import Saved, save
from tests.factories import make_session, words_of
from tests.processes import until
from tests.webhooks.support import make_webhook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def session() -> Session:
    session = make_session()
    make_webhook(session.user)
    return session


def say(session: Session) -> None:
    words = words_of("The pelican sits.")
    record = FinalRecord(session.pk, uuid.uuid4(), 0, 600, "The pelican sits.", words, 0.9, "en")
    (outcome,) = save([record])
    assert isinstance(outcome, Saved)


def elsewhere(work: Callable[..., None], *arguments: object) -> None:
    """Does it over another connection."""

    def run() -> None:
        try:
            with connection.cursor() as cursor:
                # Whoever would wait for the other one fails instead.
                cursor.execute("SET lock_timeout = '20s'")
            work(*arguments)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(run).result(60)


def test_while_the_deletion_is_not_committed(session: Session) -> None:
    with transaction.atomic():
        WebhookEndpoint.objects.get().delete()
        elsewhere(say, session)
    assert session.utterances.count() == 1
    assert not WebhookDelivery.objects.exists()


def test_while_the_sentence_is_not_committed(session: Session) -> None:
    def delete() -> None:
        try:
            WebhookEndpoint.objects.get().delete()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        with transaction.atomic():
            say(session)
            deleting = thread.submit(delete)
            until(lambda: deleting.done() or _somebody_waits(), "the deletion")
        deleting.result(60)
    assert session.utterances.count() == 1
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()


def test_while_the_account_goes(session: Session) -> None:
    user = User.objects.get(pk=session.user_id)
    with transaction.atomic():
        user.webhooks.all().delete()
        elsewhere(say, session)
    session.erase()
    user.delete()
    assert not WebhookDelivery.objects.exists()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        (count,) = cursor.fetchone()
    return bool(count)
