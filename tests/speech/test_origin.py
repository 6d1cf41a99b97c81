from dataclasses import replace

from captions.speech.origin import NO_ORIGIN, Origin
from captions.speech.types import SILENCE, Word

ONE = replace(SILENCE, words=(Word(0, 1, " One", 1.0),), writer="whisper-1 (a)", sent_ms=2_000)


def test_texts_are_added_up() -> None:
    local = replace(ONE, writer="base", sent_ms=0, fell_back="It is away.")
    whole = Origin.of(ONE) + Origin.of(local) + Origin.of(ONE)
    assert whole == Origin(("whisper-1 (a)", "base"), 4_000, "It is away.")


def test_who_wrote_no_word_wrote_nothing() -> None:
    assert Origin.of(replace(ONE, words=())) == Origin((), 2_000)
    assert Origin.of(SILENCE) == NO_ORIGIN
