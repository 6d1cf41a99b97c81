import json

import pytest

from captions.protocol import commands
from captions.protocol.commands import AddCandidate, Command, Control, Open, Present
from captions.protocol.endpointing import Endpointing


@pytest.mark.parametrize(
    "command",
    [
        Open("s", 1, "v=0", "en", False, "reply", 5.0),
        Open("s", 1, "v=0", "en", False, "reply", 5.0, Endpointing(silence_ms=700), ("Ishbel", "Rendall")),
        AddCandidate("s", 1, None, "reply"),
        Control("s", "stop", "reply"),
        Present("s"),
    ],
)
def test_survives_the_channel_layer(command: Command) -> None:
    # The layer knows lists, but no tuples.
    assert commands.unpack(json.loads(json.dumps(commands.pack(command)))) == command


def test_an_older_web_process_says_nothing_of_listening() -> None:
    packed = commands.pack(Open("s", 1, "v=0", "en", False, "reply", 5.0))
    older = {name: value for name, value in packed.items() if name not in ("endpointing", "vocabulary")}
    assert commands.unpack(older) == Open("s", 1, "v=0", "en", False, "reply", 5.0)


def test_the_vocabulary_is_not_shown() -> None:
    assert "Ishbel" not in repr(Open("s", 1, "v=0", "en", False, "reply", 5.0, vocabulary=("Ishbel",)))


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "worker.dance"},
        {"type": "worker.present", "extra": 1},
        {"type": "worker.present", "session": "s", "extra": 1},
        {"type": "worker.control", "session": "s", "reply": "r", "action": "dance"},
        {"type": "worker.candidate", "session": "s", "gen": "1", "candidate": None, "reply": "r"},
        {"type": "worker.open", "endpointing": {"pitch": 1}},
    ],
)
def test_other_messages_are_refused(message: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="version"):
        commands.unpack(message)
