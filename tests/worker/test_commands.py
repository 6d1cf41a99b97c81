import pytest

from captions.worker import commands
from captions.worker.commands import AddCandidate, Command, Control, Open, Present


@pytest.mark.parametrize(
    "command",
    [
        Open("s", 1, "v=0", "en", False, "reply", 5.0),
        AddCandidate("s", 1, None, "reply"),
        Control("s", "stop", "reply"),
        Present("s"),
    ],
)
def test_survives_the_channel_layer(command: Command) -> None:
    assert commands.unpack(commands.pack(command)) == command


@pytest.mark.parametrize("message", [{}, {"type": "worker.dance"}, {"type": "worker.present", "extra": 1}])
def test_other_messages_are_refused(message: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="version"):
        commands.unpack(message)
