import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from captions.recordings.audio_recorder import AudioRecorder
from captions.recordings.parts import PartsFolder
from tests.processes import until
from tests.recordings.support import played
from tests.speech_data import load_pcm
from tests.webrtc.speech_packets import packets_of

ONE, OTHER = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
SPEECH = [packet.payload for packet in packets_of(load_pcm("note-en-us"))][:100]


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[AudioRecorder]:
    recorder = AudioRecorder(tmp_path / "live")
    yield recorder
    recorder.close(60)


def test_each_session_has_a_part_that_begins_with_its_first_packet(
    recorder: AudioRecorder, tmp_path: Path
) -> None:
    recorder.start()
    tracks = {ONE: (recorder.track(ONE, pytest.fail), 0), OTHER: (recorder.track(OTHER, pytest.fail), 7_003)}
    unused = recorder.track(ONE, pytest.fail)
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


def test_a_disk_that_fails_costs_its_session_the_sound_and_nobody_else(
    recorder: AudioRecorder, tmp_path: Path
) -> None:
    (tmp_path / "live").mkdir()
    # Where the folder of the session should be there is a file.
    (tmp_path / "live" / ONE).write_text("in the way")
    lost: list[str] = []
    broken, fine = recorder.track(ONE, lambda: lost.append(ONE)), recorder.track(OTHER, pytest.fail)
    for number, payload in enumerate(SPEECH):
        broken.put(payload, number * 960, 960)
        fine.put(payload, number * 960, 960)
    recorder.start()
    assert recorder.close(60)
    assert lost == [ONE]
    assert len(PartsFolder(tmp_path / "live").parts(OTHER)) == 1
    broken.put(SPEECH[0], 0, 960)


def test_a_disk_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    recorder = AudioRecorder(tmp_path, capacity=50)
    lost: list[str] = []
    track = recorder.track(ONE, lambda: lost.append(ONE))
    for number, payload in enumerate(SPEECH):
        track.put(payload, number * 960, 960)
    assert lost == [ONE]
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
    track = recorder.track(ONE, pytest.fail)
    for number, payload in enumerate(SPEECH):
        track.put(payload, number * 960, 960)
    recorder.start()
    assert synced.wait(60)
    assert recorder.close(60)
