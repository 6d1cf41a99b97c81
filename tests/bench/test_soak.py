import pytest

from captions.bench.errors import BenchError
from captions.bench.material import Material, load
from captions.bench.soak import soak, summary
from captions.speech.endpointing import EndpointSettings
from captions.speech.vad import VadModel
from tests.audio import DATA


async def test_every_pass_gives_the_same_words() -> None:
    note = load(DATA / "note-en-us.flac", 6.0)
    hours: list[float] = []
    found = await soak(note, 30 / 3600, VadModel(), EndpointSettings(), hours.append)
    assert found["passes"] == len(hours) == 4
    assert found["words"] == found["words_expected"]
    assert found["finals"] >= 4
    assert found["rss_mb_first"] > 0


async def test_a_soak_needs_the_words() -> None:
    note = load(DATA / "note-en-us.flac", 1.0)
    with pytest.raises(BenchError, match="json"):
        await soak(Material(note.path, note.sound, None), 1, VadModel(), EndpointSettings())


def test_the_end_is_held_against_the_beginning() -> None:
    passes = 60
    found = summary([1.0] * 6 + [1.5] * 48 + [2.0] * 6, [200.0] * 6 + [100.0 + n for n in range(54)], 60.0)
    assert found["session_hours"] == 1
    assert found["passes"] == passes
    assert found["slower"] == 2.0
    # A megabyte a minute, of 134 on the average.
    assert found["rss_percent_per_hour"] == pytest.approx(100 * 60 / 133.85, rel=0.01)
