"""The other programs themselves are not needed here: what they say on the wire is."""

import asyncio
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from captions.benchmarks.corpus import Recording
from captions.benchmarks.errors import BenchError
from captions.benchmarks.page import Row
from captions.benchmarks.peers import environment
from captions.benchmarks.peers.program import Address, Server
from captions.benchmarks.peers.whisper_live import WhisperLive
from captions.benchmarks.peers.whisper_live_kit import WhisperLiveKit

# Says its segments as WhisperLive does, a word for each second of sound that it was sent.
_SERVER = """
import asyncio, json, sys
from websockets.asyncio.server import serve

async def hear(connection):
    options = json.loads(await connection.recv())
    assert options["language"] == "en" and options["audio_format"] == "int16"
    await connection.send(json.dumps({"uid": options["uid"], "message": "SERVER_READY"}))
    seconds = 0.0
    async for message in connection:
        if message == b"END_OF_AUDIO":
            return
        before, seconds = seconds, seconds + len(message) / 32000
        if int(seconds) > int(before):
            done = [{"text": f" word{n}", "completed": True} for n in range(int(before))]
            await connection.send(json.dumps({"segments": done + [{"text": "now", "completed": False}]}))

async def main():
    async with serve(hear, sys.argv[1], int(sys.argv[2])):
        await asyncio.Future()

asyncio.run(main())
"""


def recording(seconds: float) -> Recording:
    return Recording(
        "r", Path("r.flac"), np.zeros(round(seconds * 16_000), np.int16), "en", "", (), "ordinary", True, True
    )


class Spoken(WhisperLive):
    def command(self, python: Path, model: Path, address: Address) -> list[str]:
        return [str(python), "-c", _SERVER, address.host, str(address.port)]


async def test_a_program_is_spoken_to_in_real_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("captions.benchmarks.peers.whisper_live._QUIET_SECONDS", 0.3)
    monkeypatch.setattr("captions.benchmarks.peers.program._BETWEEN_SECONDS", 0)
    monkeypatch.setattr("captions.benchmarks.stream.TAIL_SECONDS", 1.0)
    async with Server(Spoken(), Path(sys.executable), tmp_path, tmp_path / "log") as server:
        found = await server.speak(recording(1.0))
    first, second, last = found.snapshots
    assert first.rows == (Row("", "now"),)
    assert second.rows == (Row("word0", saved=True), Row("", "now"))
    assert last.rows == (Row("word0", saved=True), Row("now", saved=True))
    assert 900 < first.at_ms < second.at_ms <= last.at_ms
    assert found.rows == ("word0", "now")


async def test_one_that_does_not_start_is_told(tmp_path: Path) -> None:
    class Broken(WhisperLive):
        def command(self, python: Path, model: Path, address: Address) -> list[str]:
            return [str(python), "-c", "raise SystemExit('no weights')"]

    with pytest.raises(BenchError, match="ended at its start"):
        async with Server(Broken(), Path(sys.executable), tmp_path, tmp_path / "log"):
            pass
    assert "no weights" in (tmp_path / "log").read_text("utf-8")


def test_what_the_programs_say_is_read() -> None:
    live, kit = WhisperLive(), WhisperLiveKit()
    assert live.rows(json.dumps({"uid": "1", "language": "en"})) is None
    assert live.rows(json.dumps({"segments": [{"text": " ", "completed": True}]})) == ()
    said = {
        "lines": [
            {"speaker": 1, "text": " One two.", "start": "0:00:00", "end": "0:00:02"},
            {"speaker": -2, "text": None},
        ],
        "buffer_transcription": " three",
    }
    assert kit.rows(json.dumps(said)) == (Row("One two.", saved=True), Row("", "three"))
    assert kit.rows(json.dumps({"type": "config"})) is None
    assert kit.is_end(json.dumps({"type": "ready_to_stop"}))
    assert not kit.is_end(json.dumps(said))


def test_an_environment_that_is_as_it_should_be_is_taken(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    (tmp_path / ".made-of").write_text(environment._digest(), "utf-8")
    said: list[str] = []
    assert environment.python_of(tmp_path, said.append) == python
    assert said == []


def test_one_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "_NEEDS", tmp_path / "none.txt")
    (tmp_path / "none.txt").write_text("no-such-requirement ==", "utf-8")
    said: list[str] = []
    with pytest.raises(BenchError, match="cannot be installed here"):
        environment.python_of(tmp_path / "var", said.append)
    assert "some minutes" in said[0]


def test_nothing_waits_for_a_program_that_has_gone() -> None:
    async def wait() -> None:
        from captions.benchmarks.peers.program import Coming

        coming = Coming()
        coming.ended.set()
        async with asyncio.timeout(30):
            await coming.settled(60, 3)

    asyncio.run(wait())
