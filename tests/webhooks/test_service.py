"""The process that sends: beside endpoints that stall, and through kill −9."""

import asyncio
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import connection

from captions.core.resolving import EVERYWHERE
from captions.models import WebhookDelivery, WebhookEndpoint
from captions.models.shared_clock import shared_now
from captions.webhooks.service import WebhookService
from tests.conftest import REPOSITORY
from tests.factories import make_user
from tests.processes import until
from tests.webhooks.receiver import Receiver, receiving
from tests.webhooks.support import add_delivery, make_webhook
from tests.webrtc.support import until as until_async

pytestmark = pytest.mark.django_db(transaction=True)


def _two(stalled: Receiver, healthy: Receiver) -> None:
    user = make_user()
    for receiver, deliveries in ((stalled, 5), (healthy, 20)):
        endpoint, _ = make_webhook(user, receiver.url)
        for _ in range(deliveries):
            add_delivery(endpoint)


@database_sync_to_async
def _states() -> set[str]:
    return set(WebhookDelivery.objects.values_list("state", flat=True))


async def test_an_endpoint_that_stalls_holds_up_no_other(receiver: Receiver) -> None:
    with receiving() as stalled:
        stalled.go_on.clear()
        await database_sync_to_async(_two)(stalled, receiver)
        service = WebhookService(allowed=EVERYWHERE, drain_seconds=30)
        running = asyncio.create_task(service.run())
        await until_async(lambda: len(receiver.posts) == 20)
        assert len(stalled.posts) == 2, "no more than two at a time"
        stalled.go_on.set()
        await until_async(lambda: len(stalled.posts) == 5)
        service.stop()
        await asyncio.wait_for(running, 60)
    assert await _states() == {"delivered"}


async def test_what_is_under_way_is_ended_before_it_stops(receiver: Receiver) -> None:
    receiver.go_on.clear()
    endpoint, _ = await database_sync_to_async(make_webhook)(url=receiver.url)
    await database_sync_to_async(add_delivery)(endpoint)
    service = WebhookService(allowed=EVERYWHERE, drain_seconds=30)
    running = asyncio.create_task(service.run())
    await until_async(lambda: len(receiver.posts) == 1)
    service.stop()
    receiver.go_on.set()
    await asyncio.wait_for(running, 60)
    assert await _states() == {"delivered"}


def test_a_process_is_killed_in_the_middle_of_a_post(receiver: Receiver, tmp_path: Path) -> None:
    receiver.go_on.clear()
    endpoint, secret = make_webhook(url=receiver.url)
    add_delivery(endpoint)
    worker = _started(tmp_path)
    try:
        until(lambda: receiver.posts, "the first post")
    finally:
        worker.kill()
        worker.wait()
    row = WebhookDelivery.objects.get()
    assert row.state == "waiting"
    assert row.due_at is not None
    assert row.due_at <= shared_now() + WebhookDelivery.LEASE, "soon anybody may take it up"
    receiver.go_on.set()
    WebhookDelivery.objects.update(due_at=shared_now() - timedelta(seconds=1))
    worker = _started(tmp_path)
    try:
        until(lambda: WebhookDelivery.objects.get().state == "delivered", "the delivery")
    finally:
        worker.terminate()
        assert worker.wait(60) == 0
    first, second = receiver.posts
    assert first.id == second.id
    second.verified(secret)
    assert WebhookEndpoint.objects.get().failing_since is None


def _started(var: Path) -> "subprocess.Popen[bytes]":
    database = connection.settings_dict
    return subprocess.Popen(
        [sys.executable, "manage.py", "outputs"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "DEBUG": "yes",
            "VAR_DIR": str(var),
            "DATABASE_URL": settings.DATABASE_URL.replace("/whisperstream?", f"/{database['NAME']}?"),
            "REDIS_URL": settings.REDIS_URL,
            "DJANGO_SETTINGS_MODULE": "whisperstream_site.settings",
            "WEBHOOKS_PRIVATE": "yes",
        },
    )
