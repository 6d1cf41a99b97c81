import os
from collections.abc import Sequence

from captions.benchmarks.apart import hear_apart
from captions.benchmarks.corpus import Recording, load
from tests.speech_data import DATA


def _processes(recordings: Sequence[Recording]) -> list[tuple[str, int]]:
    return [(each.name, os.getpid()) for each in recordings]


def test_each_recording_is_heard_in_another_process() -> None:
    recordings = [load(DATA / f"{name}.flac").until(0.1) for name in ("note-en-us", "note-f2")]
    found = hear_apart(_processes, recordings)
    assert {name: heard for name, (heard, _) in found.items()} == {
        each.name: each.name for each in recordings
    }
    assert os.getpid() not in {process for _, process in found.values()}
