import time
from contextlib import suppress
from struct import error, pack
from typing import Any

import pytest
from aiortc import rtcsctptransport as aiortc
from google_crc32c import value as crc32c
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.webrtc.sctp_gate import SctpGate

LAST = 1_000


def chunk(kind: int, body: bytes, length: int | None = None, flags: int = 0) -> bytes:
    whole = pack("!BBH", kind, flags, len(body) + 4 if length is None else length) + body
    return whole + bytes(-len(whole) % 4)


def packet(*chunks: bytes) -> bytes:
    head, rest = pack("!HHL", 5000, 5000, 1), b"".join(chunks)
    return head + pack("<L", crc32c(head + bytes(4) + rest)) + rest


def data(tsn: int, stream: int = 1, payload: bytes = b"{}") -> bytes:
    return chunk(0, pack("!LHHL", tsn, stream, 0, 51) + payload, flags=3)


def sack(*gaps: tuple[int, int], duplicates: int = 0, claimed: int | None = None) -> bytes:
    head = pack("!LLHH", 1, 65_536, len(gaps) if claimed is None else claimed, duplicates)
    return chunk(3, head + b"".join(pack("!HH", *gap) for gap in gaps) + bytes(4 * duplicates))


def admits(*chunks: bytes, last_tsn: int | None = LAST) -> bool:
    return SctpGate().admits(packet(*chunks), 0.0, last_tsn)


INIT = pack("!LLHHL", 1, 65_536, 1_024, 1_024, 1)


@pytest.mark.parametrize(
    "good",
    [
        chunk(1, INIT),
        chunk(1, INIT + pack("!HH", 0xC000, 4) + pack("!HH", 0x8008, 6) + b"\xc0\x82"),
        chunk(2, INIT + pack("!HH", 7, 8) + bytes(4)),
        chunk(4, pack("!HH", 1, 8) + bytes(4)),
        chunk(6, b""),
        chunk(10, bytes(24)),
        chunk(11, b""),
        chunk(130, pack("!HH", 13, 18) + bytes(14)),
        sack(),
        sack((2, 3), (5, 9), duplicates=2),
        sack((2, 3)) + data(LAST + 1),
        data(LAST + 1) + data(LAST + 2),
        data(LAST - 5),
        data(LAST + 1_000),
        chunk(77, b"of a later version"),
    ],
)
def test_what_browsers_send(good: bytes) -> None:
    assert admits(good)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        chunk(11, b"", length=3),
        chunk(11, b"", length=40),
        # aiortc would look for the next parameter for ever.
        chunk(1, INIT + bytes(8)),
        chunk(4, bytes(4)),
        chunk(6, pack("!HH", 1, 3) + bytes(4)),
        chunk(9, pack("!HH", 1, 400) + bytes(4)),
        chunk(130, bytes(40)),
        chunk(1, INIT[:-1]),
        chunk(1, b""),
        data(LAST + 1, payload=b""),
        chunk(0, b"short"),
        data(LAST + 2_000),
        data(LAST + 2**31 - 1),
        data(LAST + 1, stream=1_024),
        data(LAST + 1) + chunk(4, bytes(4)),
        chunk(3, b"short"),
        sack(claimed=5),
        sack((3, 2)),
        sack((0, 2)),
        sack((2, 5), (4, 9)),
        # Would be looked at one by one.
        sack((1, 65_535)),
        chunk(192, pack("!LHH", 5, 1, 1)),
    ],
)
def test_what_only_an_attacker_sends(bad: bytes) -> None:
    assert not admits(bad)


def test_data_before_the_association() -> None:
    assert not admits(data(1), last_tsn=None)
    assert admits(chunk(1, INIT), last_tsn=None)


def test_numbers_that_wrap_around() -> None:
    assert admits(data(3), last_tsn=2**32 - 2)
    assert admits(data(2**32 - 2), last_tsn=3)


def test_a_flood_is_dropped_and_what_comes_later_is_not() -> None:
    gate, flood = SctpGate(), packet(*[chunk(4, pack("!HH", 1, 4))] * 100)
    assert [gate.admits(flood, 0.0, LAST) for _ in range(5)] == [True] * 4 + [False]
    assert not gate.admits(packet(data(LAST + 1)), 0.001, LAST)
    assert gate.admits(packet(data(LAST + 1)), 0.01, LAST)


def test_many_acknowledgements_cost_more() -> None:
    gate, much = SctpGate(), packet(sack((1, 6_000)))
    assert [gate.admits(much, 0.0, LAST) for _ in range(5)] == [True] * 4 + [False]


@settings(max_examples=500)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([*range(15), 130, 192]), st.binary(max_size=60), st.none() | st.integers(0, 80)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_admitted_is_parsed_at_once(chunks: list[tuple[Any, ...]]) -> None:
    whole = packet(*(chunk(kind, body, length) for kind, body, length in chunks))
    if not SctpGate().admits(whole, 0.0, LAST):
        return
    began = time.thread_time()
    with suppress(ValueError, error):
        aiortc.parse_packet(whole)
    assert time.thread_time() - began < 0.1
