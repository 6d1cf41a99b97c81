import pytest

from tests.interop.realtime import Event, assert_in_order, deltas_of, text_of, transcripts_of

CREATED = {"type": "session.created"}
SAID = "conversation.item.input_audio_transcription."


def item(name: str, *, before: str | None = None, text: str = "Hello.") -> list[Event]:
    """The events of an item that the server ended and whose deltas were held back."""
    return [
        {"type": "input_audio_buffer.speech_started", "item_id": name},
        {"type": "input_audio_buffer.speech_stopped", "item_id": name},
        {"type": "input_audio_buffer.committed", "item_id": name, "previous_item_id": before},
        {"type": "conversation.item.added", "item": {"id": name}},
        {"type": "conversation.item.done", "item": {"id": name}},
        {"type": f"{SAID}delta", "item_id": name, "delta": text},
        {"type": f"{SAID}completed", "item_id": name, "transcript": text},
    ]


def test_two_items_one_after_the_other() -> None:
    assert_in_order([CREATED, *item("a"), *item("b", before="a")])


def test_an_item_may_begin_before_the_one_before_it_has_its_text() -> None:
    a, b = item("a"), item("b", before="a")
    assert_in_order([CREATED, *a[:5], *b[:2], *a[5:], *b[2:]])


def test_an_item_that_a_client_ended() -> None:
    assert_in_order([CREATED, *item("a")[2:]])


def test_deltas_before_the_commit_are_for_live_models() -> None:
    a = item("a")
    early = [CREATED, a[0], a[5], *a[1:5], a[6]]
    assert_in_order(early, is_live=True)
    with pytest.raises(AssertionError):
        assert_in_order(early)


def test_the_beta_dialect_has_other_names() -> None:
    created: Event = {"type": "conversation.item.created", "item": {"id": "a"}}
    a = item("a")
    assert_in_order([{"type": "transcription_session.created"}, *a[:3], created, *a[5:]], dialect="beta")
    with pytest.raises(AssertionError):
        assert_in_order([CREATED, *a], dialect="beta")


@pytest.mark.parametrize(
    "events",
    [
        [],
        item("a"),
        [CREATED, *item("a")[:-1]],
        [CREATED, *item("a"), item("a")[-1]],
        [CREATED, *item("a")[1:]],
        [CREATED, *item("a"), *item("b")],
        [CREATED, *item("a")[:6], *item("b", before="a"), item("a")[6]],
        [CREATED, *item("a"), {"type": "error"}],
    ],
    ids=["nothing", "no session", "no text", "two texts", "no start", "no link", "order of texts", "error"],
)
def test_what_is_wrong(events: list[Event]) -> None:
    with pytest.raises(AssertionError):
        assert_in_order(events)


def test_what_was_said() -> None:
    events = [CREATED, *item("a", text="Hello."), *item("b", before="a", text="")]
    assert text_of(events) == "Hello."
    assert transcripts_of(events) == {"a": "Hello.", "b": ""}
    assert deltas_of(events) == {"a": "Hello.", "b": ""}
