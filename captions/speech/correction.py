"""Whether a final keeps to the words that are stable on the page, or corrects them."""

from collections.abc import Sequence
from math import log

from .types import Hypothesis, Word

# How much less likely a text may be, by the mean of the log probability of its words, and still be taken because it
# keeps to what was shown. Of 13 finals of the demo model that disagreed with stable words, the seven with words that do
# not fit lost 0.25 or more. The six below that were alike, right or wrong: up to here three gained nothing or lost a
# word by keeping and one gained five, beyond it keeping lost a word or none.
_TOLERANCE = 0.1
_LEAST = 1e-4


def is_as_likely(kept: Hypothesis, free: Hypothesis) -> bool:
    """Whether `kept`, a decode made to begin with the stable words, explains the sound about as well as `free` does."""
    return bool(kept.words) and _likelihood(kept.words) >= _likelihood(free.words) - _TOLERANCE


def _likelihood(words: Sequence[Word]) -> float:
    return sum(log(max(word.probability, _LEAST)) for word in words) / max(1, len(words))
