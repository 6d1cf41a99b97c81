"""Who knows nothing of a second device sees nothing new."""

from captions.protocol import commands, messages
from captions.protocol.commands import SECOND, AddCandidate, Command, Control, Open


def test_only_what_is_about_the_second_device_names_it() -> None:
    told = [
        messages.answer(1, "v=0"),
        messages.media("live", gen=1, clock_ms=0),
        messages.error("offer_refused", "No."),
    ]
    assert not any("source" in each for each in told)
    told = [
        messages.answer(1, "v=0", source=SECOND),
        messages.media("live", gen=1, clock_ms=0, source=SECOND),
        messages.error("offer_refused", "No.", source=SECOND),
    ]
    assert all(each["source"] == "second" for each in told)


def test_a_worker_of_the_version_before_understands_what_is_about_the_first_device() -> None:
    plain: list[Command] = [
        Open("s", 1, "v=0", "en", False, "r", 5.0),
        AddCandidate("s", 1, None, "r"),
        Control("s", "pause", "r"),
    ]
    assert not any("source" in commands.pack(each) for each in plain)
    second: list[Command] = [
        Open("s", 1, "v=0", "en", False, "r", 5.0, source=SECOND),
        AddCandidate("s", 1, None, "r", SECOND),
        Control("s", "mode", "r", "mix", SECOND),
    ]
    assert [commands.unpack(commands.pack(each)) for each in second] == second
