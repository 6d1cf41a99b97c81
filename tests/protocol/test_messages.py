import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captions.core.vocabulary import MOST_WORDS
from captions.protocol import messages
from captions.protocol.endpointing import Endpointing
from captions.protocol.messages import Candidate, MessageError, Offer, Pause, Settings, Sync, parse

SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\n"


def code_of(text: str | None) -> str:
    with pytest.raises(MessageError) as caught:
        parse(text)
    assert caught.value.message.endswith(".")
    return caught.value.code


def test_reads_every_message() -> None:
    offer = parse(json.dumps({"type": "offer", "gen": 1, "sdp": SDP, "settings": {"language": "en"}}))
    assert offer == Offer(1, SDP, Settings("en"))
    assert parse(json.dumps({"type": "offer", "gen": 2, "sdp": SDP})) == Offer(2, SDP)
    assert parse('{"type": "candidate", "gen": 1, "candidate": null}') == Candidate(1, None)
    assert parse(
        '{"type": "candidate", "gen": 1, "candidate": {"candidate": "c", "sdpMid": "0"}}'
    ) == Candidate(1, "c")
    assert parse('{"type": "pause"}') == Pause()
    assert parse('{"type": "sync", "after_seq": 7}') == Sync(7)


def offer(**settings: object) -> str:
    return json.dumps({"type": "offer", "gen": 1, "sdp": SDP, "settings": settings})


def test_how_a_session_is_to_be_listened_to() -> None:
    everything = {"threshold": 0.3, "prefix_ms": 400, "silence_ms": 900}
    wanted = parse(offer(endpointing=everything, vocabulary=["Ishbel  Rendall", "Stromness", "Stromness"]))
    assert wanted == Offer(
        1, SDP, Settings(None, Endpointing(0.3, 400, 900), ("Ishbel Rendall", "Stromness"))
    )
    assert parse(offer(endpointing={"silence_ms": 200}, vocabulary=[])) == Offer(
        1, SDP, Settings(None, Endpointing(silence_ms=200), ())
    )
    assert parse(offer(translate=True)) == Offer(1, SDP, Settings(translate=True))
    for kind in ("off", "near", "far", ""):
        assert parse(offer(cleaning=kind)) == Offer(1, SDP, Settings(cleaning=kind))
    # What is left out, or null, is not touched.
    assert parse(offer(endpointing=None, vocabulary=None, translate=None, cleaning=None)) == Offer(1, SDP)
    assert "Ishbel" not in repr(wanted)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"endpointing": 5}, "must be an object"),
        ({"endpointing": {"threshold": 0.01}}, "threshold must be a number from 0.05 to 0.95"),
        ({"endpointing": {"threshold": float("nan")}}, "not JSON"),
        ({"endpointing": {"threshold": True}}, "threshold"),
        ({"endpointing": {"threshold": "0.5"}}, "threshold"),
        (
            {"endpointing": {"prefix_ms": -1}},
            "prefix_ms must be a whole number of milliseconds from 0 to 2000",
        ),
        (
            {"endpointing": {"silence_ms": 199}},
            "silence_ms must be a whole number of milliseconds from 200 to",
        ),
        ({"endpointing": {"silence_ms": 5001}}, "silence_ms"),
        ({"endpointing": {"silence_ms": 500.5}}, "silence_ms"),
        ({"endpointing": {"silence_ms": True}}, "silence_ms"),
        ({"translate": "yes"}, "translate must be true or false"),
        ({"cleaning": "middle"}, "cleaning must be off, near, far, or empty"),
        ({"cleaning": True}, "cleaning must be off, near, far, or empty"),
        ({"vocabulary": "Ishbel"}, "must be a list of texts"),
        ({"vocabulary": ["Ishbel", 5]}, "must be a list of texts"),
        (
            {"vocabulary": ["Ishbel", "a\tb"]},
            "Entry 2 of the vocabulary contains an invisible character.",
        ),
        ({"vocabulary": ["w" * 61]}, "Entry 1 of the vocabulary is longer than 60 characters."),
        ({"vocabulary": ["w"] * (MOST_WORDS + 1)}, "100 entries at most, not 101"),
    ],
)
def test_wishes_that_are_refused(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(MessageError, match=sentence) as caught:
        parse(offer(**settings))
    assert not caught.value.retryable


@given(
    st.dictionaries(
        st.sampled_from(["threshold", "prefix_ms", "silence_ms"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    )
)
def test_endpointing_is_within_bounds_or_refused(wanted: dict[str, object]) -> None:
    try:
        message = parse(offer(endpointing=wanted))
    except MessageError:
        return
    assert isinstance(message, Offer)
    assert message.settings.endpointing
    threshold, prefix_ms, silence_ms = (
        getattr(message.settings.endpointing, name) for name in Endpointing.__slots__
    )
    assert threshold is None or 0.05 <= threshold <= 0.95
    assert prefix_ms is None or 0 <= prefix_ms <= 2000
    assert silence_ms is None or 200 <= silence_ms <= 5000


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
        # A lone surrogate, which no UTF-8 has.
        '{"type": "offer", "gen": 1, "sdp": "v=0\\ud800"}',
    ],
)
def test_malformed(text: str | None) -> None:
    assert code_of(text) in {"malformed"}


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ([], "A message must be a JSON object with a type."),
        ({}, "The type of the message must be offer, candidate, pause, resume, stop, sync or outages."),
        ({"type": "dance `$.gen`"}, "The type of the message must be offer, candidate, pause, resume, "),
        ({"type": "offer", "gen": 1}, "An offer needs an SDP text."),
        ({"type": "offer", "gen": 1, "sdp": 5}, "An offer needs an SDP text."),
        ({"type": "offer", "sdp": SDP}, "gen must be a whole number, at least 1."),
        ({"type": "candidate", "gen": 10**30}, "gen must be a whole number, at least 1."),
        (
            {"type": "candidate", "gen": 1, "candidate": {"candidate": []}},
            "A candidate must be text, or null",
        ),
        ({"type": "sync", "after_seq": 1.5}, "after_seq must be a whole number, at least 0."),
        ({"type": "offer", "gen": 1, "sdp": SDP, "settings": None}, "The settings of an offer must be"),
        (
            {"type": "offer", "gen": 1, "sdp": SDP, "settings": {"endpointing": {"threshold": 10**400}}},
            "threshold must be a number from 0.05 to 0.95.",
        ),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(message: object, sentence: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse(json.dumps(message))
    assert caught.value.message.startswith(sentence)


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
