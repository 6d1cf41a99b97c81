"""What a crowd of sessions used."""

from captions.benchmarks.control.installation import Moment, used


def moment(at: float, factor: int) -> Moment:
    return Moment(
        at=at,
        cpu_seconds={"web": 2.0 * factor, "audioworker": 5.0 * factor},
        rss_mb={"web": 200.4, "audioworker": 900.0},
        commands=1_000 * factor,
        transactions=100 * factor,
        valkey_connections=30,
        valkey_mb=2.5,
        database_connections=7,
    )


def test_what_was_used_is_for_each_second() -> None:
    assert used(moment(10.0, 1), moment(20.0, 3)) == {
        "cores": {"audioworker": 1.0, "web": 0.4},
        "rss_mb": {"audioworker": 900, "web": 200},
        "valkey_commands_per_s": 200,
        "valkey_connections": 30,
        "valkey_mb": 2.5,
        "transactions_per_s": 20.0,
        "database_connections": 7,
    }
