from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from captions.benchmarks.noise import MUSIC, NOISES, Noise, listen, pieces
from captions.speech.ring import Samples


def test_there_are_eighteen_kinds_and_each_has_its_level() -> None:
    assert len(NOISES) == len({noise.name for noise in NOISES}) == 18
    for noise in (*NOISES, MUSIC):
        sound = np.concatenate(list(pieces(noise, 3)))
        assert sound.size == 48_000
        loudness = float(np.sqrt(np.mean(np.square(sound.astype(np.float64) / 32768))))
        if noise.kind == "silence":
            assert loudness == 0
        elif noise.kind != "clicks":
            # Those clip, which takes some of it.
            assert 20 * np.log10(loudness) == pytest.approx(noise.level, abs=0.5), noise.name


def test_hours_come_in_pieces_that_are_the_same_each_time() -> None:
    lengths = [piece.size for piece in pieces(Noise("hum", -30), 150)]
    assert lengths == [960_000, 960_000, 480_000]
    once, again = (np.concatenate(list(pieces(MUSIC, 61))) for _ in range(2))
    assert np.array_equal(once, again)


class Inventive:
    """Hears a word in each minute that is not silent, and thinks so twice."""

    def __init__(self, session: str, publish: Callable[[dict[str, Any]], None]) -> None:
        self._publish = publish
        self._heard = 0

    def push(self, samples: Samples) -> None:
        before = self._heard // 960_000
        self._heard += samples.size
        if self._heard // 960_000 > before and samples.any():
            self._publish({"type": "partial", "stable": "", "tentative": "you"})
            self._publish({"type": "final", "seq": before + 1, "text": "You.", "version": 1})
            self._publish({"type": "final", "seq": before + 1, "text": "Thank you.", "version": 2})

    def skip(self, samples: int) -> None:
        raise AssertionError

    def flush(self) -> None:
        pass

    async def drained(self, seconds: float) -> bool:
        return True

    async def close(self) -> None:
        pass


async def test_rows_that_nobody_spoke_are_counted() -> None:
    found = await listen(Noise("hum", -30), 2, Inventive)
    assert (found.rows, found.texts, found.partials) == (2, ("Thank you.", "Thank you."), 2)
    assert (await listen(NOISES[0], 2, Inventive)).rows == 0
