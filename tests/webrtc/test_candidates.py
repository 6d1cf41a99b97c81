from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.webrtc.candidates import Accepted, CandidateError, CandidateGate, Ignored


def line(
    host: str, port: int = 50_000, *, transport: str = "udp", kind: str = "host", component: int = 1
) -> str:
    return f"candidate:842163049 {component} {transport} 1677729535 {host} {port} typ {kind} generation 0 ufrag abcd"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.8.8",
        "::1",
        "::ffff:127.0.0.1",
        "::127.0.0.1",
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "2002:7f00:1::1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1%eth0",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "224.0.0.251",
        "ff02::fb",
        "255.255.255.255",
        "240.0.0.1",
        "100::1",
        "localhost",
        "example.com",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
    ],
)
def test_addresses_that_a_stranger_may_not_name(host: str) -> None:
    with pytest.raises(CandidateError) as caught:
        CandidateGate().check(line(host))
    assert caught.value.code == "candidate_refused"


@pytest.mark.parametrize(
    "host",
    [
        "192.168.1.20",
        "10.0.0.5",
        "172.17.0.2",
        "100.64.1.1",
        "192.0.2.2",
        "8.8.8.8",
        "fd00::2",
        "2a00:1450::5",
    ],
)
def test_networks_that_browsers_live_in(host: str) -> None:
    accepted = CandidateGate().check(line(host))
    assert isinstance(accepted, Accepted)
    assert (accepted.host, accepted.port) == (host, 50_000)
    assert accepted.line == f"842163049 1 udp 1677729535 {host} 50000 typ host"


@pytest.mark.parametrize("port", [0, 22, 80, 443, 1023, 65_536])
def test_ports_of_services(port: int) -> None:
    with pytest.raises(CandidateError) as caught:
        CandidateGate().check(line("10.0.0.5", port))
    assert caught.value.code == "candidate_refused"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (line("10.0.0.5", 9, transport="tcp") + " tcptype active", "tcp"),
        (line("3f8c9c5e-1d3a-4d2e-9e57-3a6d0f3b1c2d.local"), "mdns"),
        (line("10.0.0.5", component=2), "rtcp"),
    ],
)
def test_what_is_no_use_is_ignored_without_an_error(text: str, reason: str) -> None:
    gate = CandidateGate(limit=1)
    for _ in range(30):
        assert gate.check(text) == Ignored(reason)
    assert isinstance(gate.check(line("10.0.0.5")), Accepted)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "candidate:",
        "candidate:1 1 udp 1",
        line("10.0.0.5").replace("host", "magic"),
        line("10.0.0.5") + "\r\na=candidate:1",
        line("10.0.0.5", 123_456),
        "candidate:1 1 udp 1 10.0.0.5 ５００００ typ host",
    ],
)
def test_what_is_no_candidate(text: str) -> None:
    with pytest.raises(CandidateError) as caught:
        CandidateGate().check(text)
    assert caught.value.code == "malformed"


def test_size() -> None:
    with pytest.raises(CandidateError) as caught:
        CandidateGate().check(line("10.0.0.5") + " x" * 300)
    assert caught.value.code == "too_large"


def test_the_twenty_first_is_refused() -> None:
    gate = CandidateGate()
    for port in range(50_000, 50_019):
        assert isinstance(gate.check(line("10.0.0.5", port)), Accepted)
    with pytest.raises(CandidateError):
        gate.check(line("127.0.0.1"))
    with pytest.raises(CandidateError) as caught:
        gate.check(line("10.0.0.5", 50_020))
    assert caught.value.code == "candidate_limit"


def test_duplicates_do_not_count() -> None:
    gate = CandidateGate(limit=2)
    gate.check(line("10.0.0.5"))
    for _ in range(30):
        assert gate.check(line("10.0.0.5", kind="srflx")) == Ignored("duplicate")
    assert isinstance(gate.check(line("10.0.0.6")), Accepted)


def test_loopback_where_there_is_nothing_else() -> None:
    gate = CandidateGate(allow_loopback=True)
    assert isinstance(gate.check(line("127.0.0.1")), Accepted)
    assert isinstance(gate.check(line("::1")), Accepted)
    with pytest.raises(CandidateError):
        gate.check(line("169.254.169.254"))


@given(st.text(max_size=600))
def test_any_text_is_judged(text: str) -> None:
    with suppress(CandidateError):
        CandidateGate().check(text)
