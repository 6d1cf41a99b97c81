import json

import pytest

from captions.audience.events import Position, Shown, end, event
from captions.protocol import messages


def final(seq: int, version: int = 1, text: str = "Hello.") -> dict[str, object]:
    return messages.final(
        seq=seq,
        utterance=f"u{seq}",
        start_ms=0,
        end_ms=1,
        text=text,
        words=[],
        confidence=None,
        language="en",
        version=version,
    )


def ids(*events: str | None) -> list[str]:
    """The id and the name of each event that is one."""
    found = []
    for each in filter(None, events):
        fields = dict(line.split(": ", 1) for line in each.splitlines() if line)
        found.append(f"{fields['event']} {fields.get('id', '')}")
    return found


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("3.1", Position(3, 1)),
        ("3", Position(3, None)),
        (" 12.4.end ", Position(12, 4, ended=True)),
        ("", None),
        ("-1", None),
        ("3.", None),
        ("3.1.end.end", None),
        ("3.end", None),
        ("٣.١", None),
        ("1234567890", None),
        ("3\n4", None),
    ],
)
def test_a_position_is_read_strictly(text: str, position: Position | None) -> None:
    assert Position.parse(text) == position


@pytest.mark.parametrize("position", [Position(3, 1), Position(), Position(7, 3, ended=True)])
def test_a_position_is_read_as_it_is_written(position: Position) -> None:
    assert Position.parse(str(position)) == position


def test_an_event_is_one_line_of_data_whatever_was_said() -> None:
    said = "One\r\ntwo\u2028three\n\nevent: end\ndata: x\rid: 9"
    lines = event("final", {"text": said}, Position(1)).split("\n")
    assert lines[:2] == ["event: final", "id: 1.1"]
    assert json.loads(lines[2].removeprefix("data: ")) == {"text": said}
    assert lines[3:] == ["", ""]
    assert "\r" not in "".join(lines)


def test_a_final_that_comes_twice_is_dropped() -> None:
    shown = Shown()
    assert ids(*[shown.take(final(seq)) for seq in (1, 2, 2, 1, 3)]) == [
        "final 1.1",
        "final 2.1",
        "final 3.1",
    ]


def test_a_final_waits_for_those_before_it() -> None:
    shown = Shown(2)
    assert not shown.lacks(3)
    assert shown.lacks(4)
    assert not shown.lacks(1)


def test_the_id_of_a_correction_leaves_the_reader_where_it_is() -> None:
    shown = Shown()
    sent = [shown.take(each) for each in (final(1), final(2), final(3), final(1, 2), final(1, 2), final(4))]
    assert ids(*sent) == ["final 1.1", "final 2.1", "final 3.1", "change 3.2", "final 4.2"]
    # An older version that comes late changes nothing.
    assert shown.take(final(1, 1)) is None


def test_a_final_may_be_in_a_later_version_when_it_is_sent_first() -> None:
    shown = Shown()
    assert ids(shown.take(final(1, 3)), shown.take(final(1, 4))) == ["final 1.3", "change 1.4"]


def test_a_reader_that_resumes_has_what_it_had() -> None:
    shown = Shown(3, {2: 3})
    assert str(shown.position) == "3.3"
    assert [shown.version(seq) for seq in (1, 2, 3, 4)] == [1, 3, 1, 0]
    assert ids(shown.take(final(2, 3)), shown.take(final(1, 2)), shown.take(final(4))) == [
        "change 3.4",
        "final 4.4",
    ]


def test_the_end_has_an_id_of_its_own_only_where_it_is_final() -> None:
    assert ids(end("stopped", Position(3, 2)), end("revoked")) == ["end 3.2.end", "end "]
