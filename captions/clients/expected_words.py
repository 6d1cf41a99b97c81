"""The words that a client says to expect."""

from collections.abc import Iterable
from contextlib import suppress

from ..core.vocabulary import EntryError, joined, vocabulary_entry


def expected_words(words: Iterable[str]) -> tuple[str, ...]:
    """Those that can be a vocabulary; the others are no reason to hear nothing."""
    kept = []
    for word in words:
        with suppress(EntryError):
            kept.append(vocabulary_entry(word))
    return joined(kept)
