"""The Wyoming server over real TCP, with a worker in this process and real stores."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from pytest_django.fixtures import Settings
from redis import Redis

from captions import metrics
from captions.clients.wyoming import connection, describing, recording
from captions.clients.wyoming.server import WyomingServer
from captions.live.feed.stream import SoundStream
from captions.live.room import unkept_feeds
from captions.models import Session, User
from captions.protocol.feed_frames import Listen
from tests.clients.wyoming.client import FORMAT, WyomingClient, frame
from tests.live.workers import CONFIG, Hire
from tests.speech_data import Pcm, load_pcm

pytestmark = pytest.mark.django_db(transaction=True)

Serve = Callable[..., Awaitable[int]]


@pytest.fixture
def speech() -> Pcm:
    return load_pcm("note-en-us")


@pytest.fixture
async def servers(layer: Any) -> AsyncIterator[list[WyomingServer]]:
    running: list[WyomingServer] = []
    yield running
    for server in running:
        await server.close()


@pytest.fixture
async def serve(user: User, servers: list[WyomingServer], settings: Settings) -> Serve:
    """Starts a server for the user; returns its port."""
    settings.OFFER_SECONDS = 30

    async def serve(username: str = user.username, **options: Any) -> int:
        servers.append(WyomingServer(username, **{"kept": False, **options}))
        return await servers[-1].start("127.0.0.1", 0)

    return serve


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_it_describes_itself(serve: Serve, hire: Hire) -> None:
    await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.send("select-program", name="whisperstream")
        await client.send("describe")
        kind, data = await client.heard() or ("", {})
        assert kind == "info"
        (program,) = data["asr"]
        (model,) = program["models"]
        assert {"en", "de"} <= set(model["languages"])
        await client.send("ping", text="Grüße")
        assert await client.heard() == ("pong", {"text": "Grüße"})
        await client.send("ping")
        assert await client.heard() == ("pong", {})


async def test_a_model_for_one_language_offers_no_other(settings: Settings, db: None) -> None:
    settings.WHISPER_MODEL = "tiny.en"
    assert await describing.known_languages() == {"en"}


async def test_a_recording_as_home_assistant_sends_it(serve: Serve, hire: Hire, speech: Pcm) -> None:
    await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.dictate(speech, "en")
        events = await client.all_heard()
    kinds = [kind for kind, _ in events]
    assert (kinds[0], kinds[-2:]) == ("transcript-start", ["transcript", "transcript-stop"])
    assert set(kinds[1:-2]) == {"transcript-chunk"}
    transcript = events[-2][1]
    assert transcript["language"] == "en"
    assert transcript["text"].startswith("One.")
    assert "".join(data["text"] for kind, data in events if kind == "transcript-chunk").startswith("One.")
    assert not await Session.all_objects.aexists()


async def test_silence_is_an_empty_transcript(serve: Serve, hire: Hire, speech: Pcm) -> None:
    await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.dictate(speech[:0])
        assert await client.all_heard() == [("transcript", {"text": ""})]


async def test_it_is_in_the_history_where_that_is_wanted(
    serve: Serve, hire: Hire, speech: Pcm, user: User
) -> None:
    await hire()
    async with WyomingClient.connected(await serve(kept=True)) as client:
        await client.dictate(speech)
        events = await client.all_heard()
    session = await Session.objects.aget()
    assert session.user_id == user.pk
    texts = [row.text async for row in session.utterances.order_by("seq")]
    assert ("transcript", " ".join(texts)) in [(kind, data.get("text")) for kind, data in events]


async def test_what_home_assistant_expects_is_listened_for(
    serve: Serve, hire: Hire, speech: Pcm, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Listen] = []
    opened = SoundStream.open

    async def watched(speaker: User, listen: Listen, **options: Any) -> SoundStream:
        seen.append(listen)
        return await opened(speaker, listen, **options)

    monkeypatch.setattr(SoundStream, "open", watched)
    await hire()
    async with WyomingClient.connected(await serve()) as client:
        names, terms = ["Wieland", "\u202e"], ["lamp"]
        await client.send("transcribe", language="de-DE", transcript_names=names, transcript_terms=terms)
        await client.send("audio-start", **FORMAT)
        await client.send("audio-stop")
        assert await client.all_heard() == [("transcript", {"text": "", "language": "de"})]
    assert seen == [Listen("de", vocabulary=("Wieland", "lamp"))]


async def test_other_formats_and_no_audio_start(serve: Serve, hire: Hire, speech: Pcm) -> None:
    await hire()
    wide = (speech.astype("<i4") << 16).repeat(2)
    async with WyomingClient.connected(await serve()) as client:
        for start in range(0, wide.size, 8_000):
            payload = wide[start : start + 8_000].tobytes()
            await client.send("audio-chunk", payload, rate=16_000, width=4, channels=2)
        await client.send("audio-stop")
        transcript = dict(await client.all_heard())["transcript"]
    assert transcript["text"].startswith("One.")


async def test_a_client_that_reads_nothing_gets_its_transcript(
    serve: Serve, hire: Hire, speech: Pcm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_MOST_UNREAD_BYTES", 0)
    await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.dictate(speech)
        kinds = [kind for kind, _ in await client.all_heard()]
    assert kinds == ["transcript-start", "transcript", "transcript-stop"]


async def test_who_never_reads_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_IDLE_SECONDS", 0.5)
    monkeypatch.setattr(connection, "_HANG_UP_SECONDS", 0.1)
    async with WyomingClient.connected(await serve()) as client:
        with pytest.raises(ConnectionError):
            await flood(client.writer, frame("ping", text="x" * 60_000))


async def flood(writer: asyncio.StreamWriter, sent: bytes) -> None:
    async with asyncio.timeout(30):
        while True:
            writer.write(sent)
            await writer.drain()


BAD = {
    "no JSON": (b"hello\n", "malformed"),
    "half a line": (b'{"type": "descr', "malformed"),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "malformed"),
    "a line too long": (b"x" * 200_000, "malformed"),
    "data too long": (b'{"type": "describe", "data_length": 70000}\n', "malformed"),
    "payload too long": (b'{"type": "audio-chunk", "payload_length": 70000}\n', "malformed"),
    "data that is no JSON": (b'{"type": "describe", "data_length": 2}\n{]', "malformed"),
    "an unknown language": (frame("transcribe", language="xx"), "malformed"),
    "a rate too low": (frame("audio-start", rate=100), "malformed"),
    "a width of 3": (frame("audio-start", rate=16_000, width=3, channels=1), "malformed"),
    "a rate that is no number": (frame("audio-start", rate="x"), "malformed"),
    "many channels": (frame("audio-start", rate=16_000, width=2, channels=9), "malformed"),
    "a stop before the sound": (frame("audio-stop"), "malformed"),
}


@pytest.mark.parametrize("case", list(BAD))
async def test_what_is_wrong_is_said_and_ends_the_connection(serve: Serve, case: str) -> None:
    sent, code = BAD[case]
    async with WyomingClient.connected(await serve()) as client:
        client.writer.write(sent)
        client.writer.write_eof()
        error = await client.error()
    assert error["code"] == code
    assert error["text"].endswith(".")


AFTER_START = {
    "another start": frame("audio-start", **FORMAT),
    "another format": frame("audio-chunk", b"\0\0", **{**FORMAT, "rate": 8_000}),
    "a late wish": frame("transcribe", language="en"),
}


@pytest.mark.parametrize("case", list(AFTER_START))
async def test_what_comes_too_late(serve: Serve, hire: Hire, case: str) -> None:
    await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.send("audio-start", **FORMAT)
        client.writer.write(AFTER_START[case])
        assert (await client.error())["code"] == "malformed"


async def test_an_end_in_the_middle_of_an_event_is_nobodys_error(serve: Serve) -> None:
    async with WyomingClient.connected(await serve()) as client:
        client.writer.write(b'{"type": "describe", "data_length": 10}\n{')
        client.writer.write_eof()
        assert await client.all_heard() == []


async def test_who_sends_nothing_is_sent_away(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_IDLE_SECONDS", 0.1)
    async with WyomingClient.connected(await serve()) as client:
        assert "No event came" in (await client.error())["text"]


async def test_a_recording_that_is_too_long(serve: Serve, hire: Hire, speech: Pcm) -> None:
    await hire()
    async with WyomingClient.connected(await serve(most_seconds=2)) as client:
        await client.dictate(speech[:48_000])
        assert "longer" in (await client.error())["text"]


async def test_too_many_connections(serve: Serve) -> None:
    port = await serve(most_connections=1)
    async with WyomingClient.connected(port) as first:
        await first.send("ping")
        await first.heard()
        async with WyomingClient.connected(port) as second:
            assert (await second.error())["code"] == "busy"
        await first.send("ping")
        assert await first.heard() == ("pong", {})


@pytest.mark.parametrize("change", [{"is_active": False}, {"leaving_at": "now"}, {"username": "other"}])
async def test_an_account_that_may_not_log_in(serve: Serve, user: User, change: dict[str, Any]) -> None:
    port = await serve()
    async with WyomingClient.connected(port) as client:
        await client.send("ping")
        assert await client.heard() == ("pong", {})
    values = {key: timezone.now() if value == "now" else value for key, value in change.items()}
    await User.objects.filter(pk=user.pk).aupdate(**values)
    async with WyomingClient.connected(port) as client:
        assert (await client.error())["code"] == "no_account"


async def test_the_limits_of_the_account_hold(
    serve: Serve, hire: Hire, user: User, settings: Settings
) -> None:
    settings.LIMIT_SESSIONS_PER_USER = 1
    await hire(replace(CONFIG, sessions=5))
    port = await serve()
    async with WyomingClient.connected(port) as first, WyomingClient.connected(port) as second:
        await first.send("audio-start", **FORMAT)
        await first.send("ping")
        await first.heard()
        await second.send("audio-start", **FORMAT)
        assert (await second.error())["code"] == "too_many_sessions"
    await until_free(user)


async def until_free(user: User) -> None:
    async with asyncio.timeout(30):
        while await sync_to_async(unkept_feeds.count)(str(user.pk)):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_without_a_worker(serve: Serve, settings: Settings) -> None:
    port = await serve()
    settings.OFFER_SECONDS = 0.2
    async with WyomingClient.connected(port) as client:
        await client.send("audio-start", **FORMAT)
        assert (await client.error())["code"] == "busy"


async def test_a_worker_that_ends_meanwhile(serve: Serve, hire: Hire, speech: Pcm) -> None:
    worker = await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.send("audio-start", **FORMAT)
        await client.send("ping")
        await client.heard()
        worker.stop()
        await until(lambda: not worker._sessions)
        await client.dictate_rest(speech)
        assert (await client.error())["code"] == "session_server"


async def test_text_that_never_comes(serve: Serve, hire: Hire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "_TEXT_SECONDS", 0.1)

    await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.send("audio-start", **FORMAT)
        await client.send("ping")
        await client.heard()
        monkeypatch.setattr(SoundStream, "end", never_ends)
        await client.send("audio-stop")
        assert (await client.error())["code"] == "busy"


async def never_ends(self: SoundStream) -> None:
    """The worker is not told, so it goes on."""


async def test_a_store_that_is_away(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    port = await serve()
    monkeypatch.setattr("captions.protocol.registry.valkey", lambda: Redis.from_url("redis://127.0.0.1:1"))
    async with WyomingClient.connected(port) as client:
        await client.send("describe")
        assert (await client.error())["code"] == "unavailable"


async def test_an_error_of_ours_is_said_and_logged(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails() -> bytes:
        raise RuntimeError("secret")

    monkeypatch.setattr("captions.clients.wyoming.server.described", fails)
    async with WyomingClient.connected(await serve()) as client:
        await client.send("describe")
        error = await client.error()
    assert error["code"] == "failed"
    assert "secret" not in json.dumps(error)


async def test_closing_lets_recordings_end_and_nothing_else(
    serve: Serve, servers: list[WyomingServer], hire: Hire, speech: Pcm
) -> None:
    await hire()
    port = await serve()
    async with WyomingClient.connected(port) as idle, WyomingClient.connected(port) as busy:
        for client in (idle, busy):
            await client.send("ping")
            await client.heard()
        await busy.send("audio-start", **FORMAT)
        await busy.send("ping")
        await busy.heard()
        closing = asyncio.create_task(servers[0].close(30))
        assert await idle.all_heard() == []
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        assert not closing.done()
        await busy.dictate_rest(speech)
        assert "transcript" in dict(await busy.all_heard())
        async with asyncio.timeout(60):
            await closing


async def test_closing_waits_no_longer_than_it_may(
    serve: Serve, servers: list[WyomingServer], hire: Hire
) -> None:
    await hire()
    async with WyomingClient.connected(await serve()) as client:
        await client.send("audio-start", **FORMAT)
        await client.send("ping")
        await client.heard()
        async with asyncio.timeout(60):
            await servers[0].close(0.1)
        assert await client.all_heard() == []


async def test_the_metrics(serve: Serve, hire: Hire) -> None:
    def counted() -> list[float]:
        return [
            metrics.API_SOCKETS.labels("wyoming")._value.get(),
            *(metrics.API_MESSAGES.labels("wyoming", each)._value.get() for each in ("taken", "refused")),
        ]

    before = counted()
    port = await serve()
    async with WyomingClient.connected(port) as client:
        await client.send("ping")
        await client.heard()
        assert counted()[0] == before[0] + 1
    async with WyomingClient.connected(port) as client:
        await client.send("audio-stop")
        await client.error()
    await until(lambda: counted() == [before[0], before[1] + 1, before[2] + 1])
