"""Streams with the real channel layer: what is replayed, what is live, and when they end."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.db import transaction
from django.test import AsyncClient
from django.utils import timezone

from captions.core import draining
from captions.models import Session, User
from captions.protocol import messages
from captions.protocol.commands import group
from captions.transcripts import attribution, editing, speakers, trash
from tests.audience.conftest import Publish, Read
from tests.audience.support import message_of
from tests.factories import make_ended_session, make_utterance

pytestmark = pytest.mark.django_db(transaction=True)


def partial(text: str) -> dict[str, Any]:
    return messages.partial(utterance="u", start_ms=0, stable=text, tentative="")


async def correct(session: Session, seq: int, text: str, user: User) -> None:
    """Corrects a sentence, as on the page of the transcript."""

    def correct() -> None:
        row = session.utterances.get(seq=seq)
        transaction.atomic(editing.edit)(row, text, row.version, user)

    await database_sync_to_async(correct)()


async def say(session: Session, text: str, publish: Publish | None = None) -> None:
    """Saves a final, and publishes it unless it gets lost."""

    def save() -> dict[str, Any]:
        session.refresh_from_db()
        return message_of(make_utterance(session, text, start_ms=session.last_seq * 2_000))

    final = await database_sync_to_async(save)()
    if publish:
        await publish(session, **final)


async def test_it_begins_with_what_there_is_and_goes_on_live(
    read: Read, session: Session, publish: Publish
) -> None:
    reading = await read(session)
    assert str(await reading.next()) == "state"
    assert await reading.finals(3) == ["final 1.1", "final 2.1", "final 3.1"]
    await publish(session, **partial("And fou"))
    event = await reading.next()
    assert (str(event), event.data["stable"]) == ("partial", "And fou")
    await say(session, "And four.", publish)
    event = await reading.next()
    assert (str(event), event.data["text"]) == ("final 4.1", "And four.")
    assert event.data["words"]
    assert reading.raw.startswith("retry: 2000\n\n")


async def test_how_it_is_answered(read: Read, session: Session) -> None:
    reading = await read(session, "?pad=1")
    await reading.next()
    assert reading.raw.startswith("retry: 2000\n\n:" + " " * 2048)
    head = reading.response
    assert head["Content-Type"] == "text/event-stream"
    assert head["Cache-Control"] == "no-cache, no-transform"
    assert head["X-Accel-Buffering"] == "no"
    assert "Content-Encoding" not in head
    assert head["x-request-id"].startswith("req_")


async def test_a_client_goes_on_where_it_was(read: Read, session: Session) -> None:
    assert await (await read(session, last_event_id="2.1")).finals(1) == ["final 3.1"]
    assert await (await read(session, "?after=1")).finals(2) == ["final 2.1", "final 3.1"]
    # The header is newer than the address.
    assert await (await read(session, "?after=1", last_event_id="2.1")).finals(1) == ["final 3.1"]
    # What an EventSource cannot have is no reason to refuse it for ever.
    assert await (await read(session, last_event_id="nonsense")).finals(1) == ["final 1.1"]
    assert (await read(session, "?after=nonsense")).status == 400


async def test_a_client_from_the_future_misses_nothing(
    read: Read, session: Session, publish: Publish
) -> None:
    reading = await read(session, last_event_id="99.1")
    await reading.next("state")
    await say(session, "Four.", publish)
    assert await reading.finals(1) == ["final 4.1"]


async def test_a_client_gets_what_was_corrected_while_it_was_away(
    read: Read, session: Session, user: User
) -> None:
    await correct(session, 1, "First.", user)
    reading = await read(session, last_event_id="2.1")
    assert await reading.finals(2) == ["change 2.2", "final 3.2"]
    assert await (await read(session, last_event_id="2.2")).finals(1) == ["final 3.2"]
    # Who does not say what it has of them gets what follows, as `sync` does.
    assert await (await read(session, "?after=2")).finals(1) == ["final 3.2"]


async def test_a_correction_is_told_and_moves_nobody(
    read: Read, session: Session, user: User, publish: Publish
) -> None:
    reading = await read(session)
    await reading.finals(3)
    await correct(session, 1, "First.", user)
    event = await reading.next()
    assert (str(event), event.data["text"], event.data["version"]) == ("change 3.2", "First.", 2)
    await say(session, "Four.", publish)
    assert await reading.finals(1) == ["final 4.2"]


async def test_what_the_channel_layer_loses_is_read_from_the_database(
    read: Read, session: Session, publish: Publish, layer: Any
) -> None:
    reading = await read(session)
    await reading.finals(3)
    await say(session, "Four.")
    await say(session, "Five.", publish)
    assert await reading.finals(2) == ["final 4.1", "final 5.1"]
    await say(session, "Six.")
    beat = {"type": "session.heartbeat", "worker": "w", "last_seq": 6}
    await layer.group_send(group(str(session.pk)), beat)
    assert await reading.finals(1) == ["final 6.1"]


async def test_what_is_published_while_the_database_is_read_comes_once(
    read: Read, session: Session, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = await read(session)
    # The groups are joined before the state is read.
    await reading.next("state")
    await say(session, "Four.", publish)
    await say(session, "Five.", publish)
    assert await reading.finals(5) == [f"final {seq}.1" for seq in range(1, 6)]
    await publish(session, **partial("Si"))
    assert str(await reading.next()) == "partial"


async def test_a_long_text_is_replayed_in_order(read: Read, session: Session) -> None:
    def fill() -> None:
        for number in range(4, 251):
            make_utterance(session, f"Sentence {number}.", start_ms=number * 1_000)

    await database_sync_to_async(fill)()
    reading = await read(session)
    assert await reading.finals(250) == [f"final {seq}.1" for seq in range(1, 251)]


async def test_an_ended_session_is_replayed_and_then_over(read: Read, user: User, layer: Any) -> None:
    session = await database_sync_to_async(make_ended_session)(user, ["One.", "Two."])
    reading = await read(session)
    assert [str(event) for event in await reading.all()] == ["final 1.1", "final 2.1", "end 2.1.end"]
    assert (await read(session, last_event_id="2.1.end")).status == 204
    # It had the words, but not their end.
    assert [str(event) for event in await (await read(session, last_event_id="2.1")).all()] == ["end 2.1.end"]
    await correct(session, 1, "First.", user)
    again = await (await read(session, last_event_id="2.1.end")).all()
    assert [str(event) for event in again] == ["change 2.2", "end 2.2.end"]


async def test_a_session_that_ends(read: Read, session: Session, publish: Publish) -> None:
    reading = await read(session)
    await reading.finals(3)
    await publish(session, **partial("Th"))
    await reading.next("partial")
    await say(session, "The last.")
    await sync_to_async(session.end)(timezone.now())
    await publish(session, **messages.media("ended", gen=1, clock_ms=8_000, reason="silence"))
    rest = await reading.all()
    assert [str(event) for event in rest] == ["state", "final 4.1", "end 4.1.end"]
    assert rest[-1].data == {"type": "end", "reason": "silence"}


async def test_a_second_device_that_is_taken_out_ends_nothing(
    read: Read, session: Session, publish: Publish
) -> None:
    reading = await read(session)
    await reading.finals(3)
    await publish(session, **messages.media("ended", gen=1, clock_ms=8_000, source="second"))
    await publish(session, **messages.media("paused", gen=1, clock_ms=8_000))
    event = await reading.next()
    assert (event.data["state"], "source" in event.data) == ("paused", False)


async def test_a_session_that_ended_unnoticed(read: Read, session: Session, settings: Any) -> None:
    settings.AUTH_RECHECK_SECONDS = 0.1
    reading = await read(session)
    await reading.finals(3)
    await sync_to_async(session.end)(timezone.now())
    assert str(await reading.next()) == "end 3.1.end"


async def test_a_dictation_that_goes_on_is_followed_again(read: Read, user: User, publish: Publish) -> None:
    session = await database_sync_to_async(make_ended_session)(user, ["One."])
    await Session.objects.filter(pk=session.pk).aupdate(ended_at=None)
    reading = await read(session, last_event_id="1.1.end")
    assert str(await reading.next()) == "state"
    await say(session, "Two.", publish)
    assert await reading.finals(1) == ["final 2.1"]


async def test_a_logout_ends_it(read: Read, session: Session, user: User) -> None:
    client = AsyncClient()
    await client.aforce_login(user)
    reading = await read(session, client=client)
    await reading.finals(3)
    await client.alogout()
    event = await reading.next()
    assert (str(event), event.data["reason"]) == ("end", "not_logged_in")
    assert (await read(session, client=client, last_event_id="3.1")).status == 401


@pytest.mark.parametrize(("keep_days", "reason"), [(30, "trashed"), (0, "deleted")])
async def test_a_deletion_ends_it(
    keep_days: int, reason: str, read: Read, session: Session, user: User, settings: Any
) -> None:
    settings.TRASH_KEEP_DAYS = keep_days
    reading = await read(session)
    await reading.finals(3)
    await database_sync_to_async(trash.delete)(user, [session.pk], timezone.now())
    event = await reading.next("end")
    assert (str(event), event.data["reason"]) == ("end", reason)
    assert (await read(session)).status == 404


async def test_an_idle_stream_says_that_it_is_there(
    read: Read, session: Session, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("captions.audience.stream.HEARTBEAT_SECONDS", 0)
    reading = await read(session)
    await reading.finals(3)
    await publish(session, **partial("A"))
    await reading.next("partial")
    await publish(session, **partial("B"))
    await reading.next("partial")
    assert "\n: \n\n" in reading.raw


async def test_a_stopping_process_sends_its_readers_elsewhere(
    read: Read, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = await read(session)
    await reading.finals(3)
    monkeypatch.setattr(draining, "started", lambda: True)
    # Without `end`, so that they connect again.
    assert await reading.all() == []


async def test_without_partials_there_are_none(read: Read, session: Session, publish: Publish) -> None:
    reading = await read(session, "?partial=0")
    await reading.finals(3)
    await publish(session, **partial("Fo"))
    await say(session, "Four.", publish)
    assert str(await reading.next()) == "final 4.1"


async def test_what_could_not_be_written_is_said_to_its_person(
    read: Read, session: Session, publish: Publish
) -> None:
    reading = await read(session)
    await reading.finals(3)
    await publish(session, **messages.error("busy", "Not for readers."))
    await publish(session, **messages.error("not_transcribed", "The last sentence could not be transcribed."))
    event = await reading.next()
    assert (event.name, event.data["code"]) == ("problem", "not_transcribed")


async def test_the_owner_is_told_who_speaks(read: Read, session: Session, publish: Publish) -> None:
    session.has_shared = True
    await session.asave()
    await database_sync_to_async(speakers.name)(session, {(False, 0): "Ana"})
    reading = await read(session)
    assert (await reading.next("final")).data["who"] == "Ana"
    await reading.finals(2)
    await database_sync_to_async(speakers.name)(session, {(True, 0): "Ben"})
    event = await reading.next()
    assert event.name == "names"
    assert [each["name"] for each in event.data["speakers"]] == ["Ana", "Ben"]
    row = await session.utterances.aget(seq=1)
    await database_sync_to_async(attribution.give)(row, None, 1, None)
    event = await reading.next("change")
    assert (event.data["speaker"], event.data["who"]) == (1, "Speaker 1")
