import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions import messages
from captions.messages import Candidate, Control, MessageError, Offer, Sync, parse

SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"


def code_of(text: str | None) -> str:
    with pytest.raises(MessageError) as caught:
        parse(text)
    assert caught.value.message.endswith(".")
    return caught.value.code


def test_reads_every_message() -> None:
    offer = parse(json.dumps({"type": "offer", "gen": 1, "sdp": SDP, "settings": {"language": "en"}}))
    assert offer == Offer(1, SDP, "en")
    assert parse(json.dumps({"type": "offer", "gen": 2, "sdp": SDP})) == Offer(2, SDP, None)
    assert parse('{"type": "candidate", "gen": 1, "candidate": null}') == Candidate(1, None)
    assert parse(
        '{"type": "candidate", "gen": 1, "candidate": {"candidate": "c", "sdpMid": "0"}}'
    ) == Candidate(1, "c")
    assert parse('{"type": "pause"}') == Control("pause")
    assert parse('{"type": "sync", "after_seq": 7}') == Sync(7)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "{",
        "[]",
        "1",
        "[" * 5000,
        '{"type": "offer"}',
        '{"type": "offer", "gen": 1, "sdp": "hello"}',
        '{"type": "offer", "gen": 0, "sdp": "v=0"}',
        '{"type": "offer", "gen": true, "sdp": "v=0"}',
        '{"type": "offer", "gen": 1, "sdp": "v=0", "settings": []}',
        '{"type": "offer", "gen": 1, "sdp": "v=0", "settings": {"language": 5}}',
        '{"type": "offer", "gen": 99999999999999, "sdp": "v=0"}',
        '{"type": "candidate", "gen": 1, "candidate": 5}',
        '{"type": "sync", "after_seq": -1}',
        '{"type": "shutdown"}',
    ],
)
def test_malformed(text: str | None) -> None:
    assert code_of(text) in {"malformed"}


def test_sizes() -> None:
    assert code_of('{"type": "pause", "x": "' + "é" * 40_000 + '"}') == "too_large"
    assert code_of(json.dumps({"type": "offer", "gen": 1, "sdp": "v=0" + "a" * 16384})) == "too_large"
    assert code_of(json.dumps({"type": "candidate", "gen": 1, "candidate": "c" * 513})) == "too_large"


@given(
    st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5).map(json.dumps)
)
def test_nothing_but_message_errors(text: str) -> None:
    with pytest.raises(MessageError):
        parse(text)


@given(
    st.dictionaries(
        st.sampled_from(["gen", "sdp", "candidate", "settings", "after_seq"]),
        st.none() | st.integers() | st.text() | st.dictionaries(st.text(), st.text()),
    ),
    st.sampled_from(["offer", "candidate", "sync", "pause"]),
)
def test_fields_of_any_type(fields: dict[str, object], name: str) -> None:
    with contextlib.suppress(MessageError):
        parse(json.dumps({**fields, "type": name}))


def test_ready_tells_the_limits() -> None:
    ready = messages.ready(session="s", state="new", gen=0, last_seq=0, clock_ms=0, ice_servers=[])
    assert ready["protocol"] == 1
    assert ready["limits"]["candidates"] == 20
