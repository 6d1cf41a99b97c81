import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from io import FileIO
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from prometheus_client import REGISTRY

from captions.audio import ogg
from captions.audio.ogg import OggOpusFile
from captions.recordings.audio_recorder import AudioRecorder, Track
from captions.recordings.parts import PartsFolder
from tests.processes import until
from tests.recordings.support import played
from tests.speech_data import load_pcm
from tests.webrtc.speech_packets import packets_of

ONE, OTHER = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
SPEECH = [packet.payload for packet in packets_of(load_pcm("note-en-us"))][:100]


def never(is_kept: bool) -> None:
    pytest.fail("told")


def put(track: Track, second: int) -> None:
    """Puts two seconds of speech."""
    for number, payload in enumerate(SPEECH, second * 50):
        track.put(payload, number * 960, 960)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[AudioRecorder]:
    recorder = AudioRecorder(tmp_path / "live")
    yield recorder
    recorder.close(60)


def test_each_session_has_a_part_that_begins_with_its_first_packet(
    recorder: AudioRecorder, tmp_path: Path
) -> None:
    recorder.start()
    tracks = {ONE: (recorder.track(ONE, never), 0), OTHER: (recorder.track(OTHER, never), 7_003)}
    unused = recorder.track(ONE, never)
    for number, payload in enumerate(SPEECH):
        for track, start_ms in tracks.values():
            track.put(payload, start_ms * 48 + number * 960, 960)
    for track in (unused, *(track for track, _ in tracks.values())):
        track.close()
    assert recorder.close(60)
    for session, (_, start_ms) in tracks.items():
        (part,) = PartsFolder(tmp_path / "live").parts(session)
        assert part.start == start_ms * 48
        assert played(part.path).size == pytest.approx(16 * 2_000, abs=16 * 10)


@pytest.mark.parametrize("room", [60, 5_000], ids=["for no page", "for a second"])
def test_a_full_disk_costs_the_sound_until_there_is_room_again(
    room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = {"room": room}

    class FullFile(FileIO):
        def write(self, data: Any) -> int:
            if self.tell() + len(data) > disk["room"]:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    def failures() -> float:
        return REGISTRY.get_sample_value("whisperstream_sound_failures_total", {"why": "disk"}) or 0.0

    monkeypatch.setattr(ogg, "FileIO", FullFile)
    before = failures()
    recorder = AudioRecorder(tmp_path, retry_seconds=0.1)
    told: Queue[tuple[str, bool]] = Queue()
    tracks = {
        session: recorder.track(session, partial(lambda session, kept: told.put((session, kept)), session))
        for session in (ONE, OTHER)
    }
    recorder.start()
    for track in tracks.values():
        put(track, 0)
    assert {told.get(timeout=30), told.get(timeout=30)} == {(ONE, False), (OTHER, False)}
    put(tracks[ONE], 2)
    disk["room"] = 10_000_000
    kept: set[tuple[str, bool]] = set()
    for second in range(4, 1_000, 2):
        for track in tracks.values():
            put(track, second)
        with suppress(Empty):
            kept.add(told.get(timeout=0.2))
        if len(kept) == 2:
            break
    assert kept == {(ONE, True), (OTHER, True)}
    assert recorder.close(30), "the thread is alive"
    assert failures() == before + 2, "each loss is counted once"
    for session in tracks:
        parts = PartsFolder(tmp_path).parts(session)
        assert len(parts) == (2 if room == 5_000 else 1), "no file without sound is left"
        assert played(parts[-1].path).size > 16_000


def test_nothing_that_a_library_raises_ends_the_thread(
    recorder: AudioRecorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = OggOpusFile.write

    def broken(file: OggOpusFile, payload: bytes, *place: Any) -> None:
        if payload == b"broken":
            raise RuntimeError("a library")
        whole(file, payload, *place)

    def deaf(is_kept: bool) -> None:
        raise RuntimeError("Event loop is closed")

    monkeypatch.setattr(OggOpusFile, "write", broken)
    recorder.start()
    recorder.track(ONE, deaf).put(b"broken", 0, 960)
    put(recorder.track(OTHER, never), 0)
    assert recorder.close(5)
    (part,) = PartsFolder(tmp_path / "live").parts(OTHER)
    assert played(part.path).size == pytest.approx(16 * 2_000, abs=16 * 10)


def test_a_disk_that_fails_costs_its_session_the_sound_and_nobody_else(
    recorder: AudioRecorder, tmp_path: Path
) -> None:
    (tmp_path / "live").mkdir()
    # Where the folder of the session should be there is a file.
    (tmp_path / "live" / ONE).write_text("in the way")
    told: list[bool] = []
    broken, fine = recorder.track(ONE, told.append), recorder.track(OTHER, never)
    for number, payload in enumerate(SPEECH):
        broken.put(payload, number * 960, 960)
        fine.put(payload, number * 960, 960)
    recorder.start()
    assert recorder.close(60)
    assert told == [False]
    assert len(PartsFolder(tmp_path / "live").parts(OTHER)) == 1
    broken.put(SPEECH[0], 0, 960)


def test_a_disk_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path, capacity=50)
    told: list[bool] = []
    track = recorder.track(ONE, told.append)
    for number, payload in enumerate(SPEECH):
        track.put(payload, number * 960, 960)
    assert told == [False]
    recorder.start()
    recorder.close(60)
    (part,) = PartsFolder(tmp_path).parts(ONE)
    assert played(part.path).size == pytest.approx(16 * 1_000, abs=16 * 10), "what was taken is there"


KILLED = """
import sys, time
from pathlib import Path
from captions.recordings.audio_recorder import AudioRecorder
packets = [bytes.fromhex(line) for line in sys.stdin.read().split()]
keeper = AudioRecorder(Path(sys.argv[1]))
keeper.start()
track = keeper.track(sys.argv[2], sys.exit)
for number, payload in enumerate(packets):
    track.put(payload, number * 960, 960)
print("put", flush=True)
time.sleep(60)
"""


def test_what_a_killed_process_wrote_can_be_played(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), ONE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"DJANGO_SETTINGS_MODULE": "tests.checking_settings"},
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n".join(payload.hex() for payload in SPEECH * 3))
        process.stdin.close()
        assert process.stdout.readline() == "put\n"
        folder = PartsFolder(tmp_path)
        # It writes in rounds, and the first of them may come before the last packets.
        enough = 0.9 * sum(map(len, SPEECH * 3))
        until(lambda: any(part.path.stat().st_size > enough for part in folder.parts(ONE)), "it is written")
        process.send_signal(signal.SIGKILL)
    (part,) = folder.parts(ONE)
    assert played(part.path).size > 16 * 4_500, "six seconds were put"
    with folder.claimed(ONE) as parts:
        assert parts == [part], "nobody holds it any more"


def test_what_is_kept_is_on_the_disk_every_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = threading.Event()
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: synced.set())
    recorder = AudioRecorder(tmp_path)
    track = recorder.track(ONE, never)
    for number, payload in enumerate(SPEECH):
        track.put(payload, number * 960, 960)
    recorder.start()
    assert synced.wait(60)
    assert recorder.close(60)
