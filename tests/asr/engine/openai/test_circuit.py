from captions.asr.engine.openai.circuit import Circuit


def test_a_service_that_fails_is_left_alone_for_a_while() -> None:
    circuit = Circuit(failures=3, open_seconds=30)
    for now in range(3):
        assert circuit.lets_through(now)
        circuit.failed(now)
    assert not circuit.lets_through(3)
    assert circuit.closes_in(3) == 29
    assert not circuit.lets_through(31)


def test_then_one_request_tries() -> None:
    circuit = Circuit(failures=1, open_seconds=30)
    circuit.failed(0)
    assert circuit.lets_through(30)
    assert not circuit.lets_through(31), "the others wait"
    circuit.failed(40)
    assert not circuit.lets_through(69)
    assert circuit.lets_through(70)
    circuit.worked()
    assert circuit.lets_through(70)
    assert circuit.closes_in(70) == 0


def test_only_failures_in_a_row_count() -> None:
    circuit = Circuit(failures=2, open_seconds=30)
    for now in range(10):
        circuit.failed(now)
        circuit.worked()
    assert circuit.lets_through(10)
