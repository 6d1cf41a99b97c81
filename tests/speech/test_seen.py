from captions.speech.seen import Seen

from .words import spoken


def test_what_was_read_and_goes_is_counted() -> None:
    seen = Seen(1_000)
    assert seen.update(spoken("we meet at one"), 0) == 0
    assert seen.update(spoken("We meet at noon."), 900) == 0, "it was not there for long"
    assert seen.update(spoken("we greet at noon"), 1_900) == 1
    assert seen.update((), 5_000) == 4


def test_a_sentence_that_is_done_has_not_gone() -> None:
    seen = Seen(1_000)
    seen.update(spoken("we meet. And"), 0)
    seen.forget(2)
    assert seen.update(spoken("And sing"), 3_000) == 0
    assert seen.update(spoken("sing"), 3_100) == 1
