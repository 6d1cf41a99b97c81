import pytest

from captions.audience import events
from captions.audience.events import Position
from captions.clients.simple.sentences import Sentences


def final(seq: int, text: str, name: str = "final") -> str:
    return events.event(name, {"seq": seq, "text": text}, Position(seq))


def test_each_sentence_is_one_event_without_a_name() -> None:
    sentences = Sentences(0)
    assert sentences.write(final(1, "Good evening.")) == "id: 1.1\ndata: Good evening.\n\n"
    assert sentences.write(final(2, "Two\nlines.")) == "id: 2.1\ndata: Two\ndata: lines.\n\n"
    # Again, and corrected.
    assert "data" not in sentences.write(final(2, "Two lines."))
    assert sentences.write(final(1, "Good night.", "change")) == ""
    # One that was deleted.
    assert sentences.write(final(3, "")) == "id: 3.1\n\n"


def test_whoever_comes_back_goes_on() -> None:
    sentences = Sentences(4)
    assert "data" not in sentences.write(final(4, "Four."))
    assert "data: Five.\n" in sentences.write(final(5, "Five."))


@pytest.mark.parametrize("text", [events.RETRY, events.HEARTBEAT, events.PADDING])
def test_what_is_no_event_stays(text: str) -> None:
    assert Sentences(0).write(text) == text


def test_other_events_are_left_out_but_the_id_of_the_end() -> None:
    sentences = Sentences(0)
    assert sentences.write(events.event("partial", {"stable": "Goo"})) == ""
    assert sentences.write(events.event("state", {"state": "live"})) == ""
    assert sentences.write(events.end("revoked")) == ""
    # With this id, an EventSource that connects again is told that there is no more.
    assert sentences.write(events.end("stopped", Position(3))) == "id: 3.1.end\n\n"
