from datetime import UTC, datetime, timedelta

import pytest

from captions.jobs.turns import TURN_SECONDS, GivesWayError, Turn, Waiting, first

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def waiting(pk: str, account: int, minute: int = 0) -> Waiting:
    return Waiting("upload", pk, account, NOON + timedelta(minutes=minute))


def test_who_came_first_is_first_where_nobody_had_a_turn() -> None:
    assert first([waiting("b", 2, 5), waiting("a", 1, 7)], {}) == waiting("b", 2, 5)
    assert first([], {}) is None


def test_accounts_take_turns_however_many_files_each_has() -> None:
    files = [waiting(f"a{number}", 1, number) for number in range(20)] + [waiting("b", 2, 30)]
    turns: dict[str, float] = {}
    order = []
    for second in range(1, 8):
        chosen = first(files, turns)
        assert chosen
        turns |= dict.fromkeys(chosen.names, float(second))
        order.append(chosen.pk)
    # Account 2 has each second turn, and account 1 does not stay with one of its files.
    assert order == ["a0", "b", "a1", "b", "a2", "b", "a3"]


def test_a_short_file_starts_within_one_turn_of_a_long_one() -> None:
    """Simulated: a file that needs 600 turns, and others that come every now and then and need one."""
    turns: dict[str, float] = {}
    there = {"long": waiting("long", 1)}
    left = {"long": 600}
    waited: dict[str, int] = {}
    for turn in range(1, 800):
        if turn % 97 == 0:
            name = f"short{turn}"
            # Of the same account, too.
            there[name], left[name], waited[name] = waiting(name, turn % 2 + 1, turn), 1, -1
        chosen = first(there.values(), turns)
        if chosen is None:
            break
        for name in there:
            if name != chosen.pk and name in waited:
                waited[name] += 1
        turns |= dict.fromkeys(chosen.names, float(turn))
        left[chosen.pk] -= 1
        if not left[chosen.pk]:
            del there[chosen.pk]
    assert not left["long"]
    assert max(waited.values()) <= 1


def test_a_turn_is_over_when_its_time_is_and_others_wait() -> None:
    asked: list[None] = []

    def others() -> bool:
        asked.append(None)
        return len(asked) > 2

    turn = Turn(others, 90, heard_ms=5_000)
    for second in range(10):
        turn.check(90 + second, 5_000)
    turn.check(100, 6_000)
    turn.check(100 + TURN_SECONDS - 1, 7_000)
    assert not asked
    for after in (0.0, 0.2, 0.4, 1.0):
        turn.check(100 + TURN_SECONDS + after, 7_000)
    assert len(asked) == 2
    with pytest.raises(GivesWayError):
        turn.check(100 + TURN_SECONDS + 2, 7_000)


def test_no_turn_is_without_new_text_and_none_shorter_than_the_way_there() -> None:
    turn = Turn(lambda: True, 0, heard_ms=5_000)
    # The machine is slow, and the sound long.
    for second in range(300):
        turn.check(second, 5_000)
    turn.check(300, 5_001)
    turn.check(599, 9_000)
    with pytest.raises(GivesWayError):
        turn.check(600, 9_000)
