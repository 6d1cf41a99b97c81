from itertools import permutations
from typing import Any

import pytest
from aiortc.sdp import SessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.webrtc.candidates import CandidateGate
from captions.webrtc.data_section import MOST_BYTES
from captions.webrtc.offer import OfferError, accept
from captions.webrtc.sections import Narrowed, narrow
from tests.webrtc.test_offer import CHROMIUM, VIDEO

# As Chromium writes it, with ICE credentials of its own where it is not sure that both sections share a transport.
DATA = """m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:Xy9K
a=ice-pwd:AhPq2y3s0M1M0QO9gG0pXx1R
a=ice-options:trickle
a=fingerprint:sha-256 57:C9:41:8C:F3:54:B5:41:62:E6:A9:28:21:C3:23:76:58:96:DF:78:99:03:30:07:23:B2:8C:FA:E4:3C:07:07
a=setup:actpass
a=mid:1
a=sctp-port:5000
a=max-message-size:262144
""".replace("\n", "\r\n")
SOUND = CHROMIUM.replace("a=group:BUNDLE 0", "a=group:BUNDLE 0 1")
BOTH = SOUND + DATA
AT = SOUND.index("m=audio")
TURNED = SOUND[:AT].replace("BUNDLE 0 1", "BUNDLE 1 0") + DATA + SOUND[AT:]


def for_aiortc(narrowed: Narrowed) -> str:
    assert narrowed.data is not None
    return narrowed.data.in_offer(accept(narrowed.sdp, CandidateGate()))


@pytest.mark.parametrize(("sdp", "kinds"), [(BOTH, "audio application"), (TURNED, "application audio")])
def test_both_sections_share_the_transport_of_the_sound(sdp: str, kinds: str) -> None:
    narrowed = narrow(sdp, with_data=True)
    assert not narrowed.refused
    assert "m=application" not in narrowed.sdp
    parsed = SessionDescription.parse(for_aiortc(narrowed))
    assert [media.kind for media in parsed.media] == kinds.split()
    (group,) = parsed.group
    assert group.items == [media.rtp.muxId for media in parsed.media]
    data: Any = next(media for media in parsed.media if media.kind == "application")
    assert (data.sctp_port, data.sctpCapabilities.maxMessageSize) == (5000, 262144)
    assert data.dtls.fingerprints
    assert {media.ice and media.ice.usernameFragment for media in parsed.media} == {"Dx3K"}


def test_the_answer_says_how_long_a_message_may_be() -> None:
    data = narrow(BOTH, with_data=True).data
    assert data is not None
    answer = data.in_answer(
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=max-message-size:262144\r\n"
    )
    assert f"a=max-message-size:{MOST_BYTES}\r\n" in answer


def test_everything_else_is_refused_as_before() -> None:
    several = (
        BOTH.replace("BUNDLE 0 1", "BUNDLE 0 1 2 3")
        + VIDEO.replace("mid:1", "mid:2")
        + DATA.replace("mid:1", "mid:3")
    )
    narrowed = narrow(several, with_data=True)
    assert narrowed.data is not None
    assert narrowed.data.mid == "1"
    assert [place for place, _ in narrowed.refused] == [2, 3]
    assert all(" 0 " in text.splitlines()[0] for _, text in narrowed.refused)


def test_no_channels_where_none_are_wanted() -> None:
    narrowed = narrow(BOTH)
    assert narrowed.data is None
    assert narrowed.refused[0][1].startswith("m=application 0 ")


ODD = [
    DATA.replace("application 9", "application 0"),
    DATA.replace("application 9", "application 000"),
    DATA.replace("application 9", "application 9/2"),
    DATA.replace("UDP/DTLS/SCTP", "DTLS/SCTP"),
    DATA.replace("UDP/DTLS/SCTP", "TCP/DTLS/SCTP"),
    DATA.replace("SCTP webrtc-datachannel", "SCTP 5000"),
    DATA.replace("webrtc-datachannel", "webrtc-datachannel 5000"),
    DATA.replace("a=sctp-port:5000\r\n", ""),
    DATA.replace("sctp-port:5000", "sctp-port:0"),
    DATA.replace("sctp-port:5000", "sctp-port:70000"),
    DATA.replace("sctp-port:5000", "sctp-port:٥٠٠٠"),
    DATA.replace("sctp-port:5000", "sctp-port:-5000"),
    DATA + "a=sctp-port:5001\r\n",
    DATA + "a=max-message-size:1\r\n",
    DATA.replace("size:262144", "size:-1"),
    DATA.replace("size:262144", f"size:{10**12}"),
    DATA.replace("a=mid:1\r\n", ""),
    DATA.replace("a=mid:1", "a=mid:0"),
    DATA.replace("a=mid:1", "a=mid:2"),
    DATA + "a=mid:1\r\n",
]


@pytest.mark.parametrize("section", ODD)
def test_odd_sections_are_refused(section: str) -> None:
    narrowed = narrow(SOUND + section, with_data=True)
    assert narrowed.data is None
    assert len(narrowed.refused) == 1
    assert accept(narrowed.sdp, CandidateGate())


@pytest.mark.parametrize(
    "group", ["", "a=group:BUNDLE 0\r\n", "a=group:BUNDLE 0 1\r\na=group:BUNDLE 0 1\r\n"]
)
def test_channels_over_another_transport_are_refused(group: str) -> None:
    sdp = BOTH.replace("a=group:BUNDLE 0 1\r\n", group)
    assert narrow(sdp, with_data=True).data is None


_LINES = DATA.splitlines(keepends=True)


@settings(max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(_LINES),
            st.sampled_from(_LINES).map(lambda line: line[:-2] * 2 + "\r\n"),
            st.from_regex(r"a=(mid|sctp-port|max-message-size):[ -~]{0,12}\r\n", fullmatch=True),
            st.from_regex(r"m=application [ -~]{0,40}\r\n", fullmatch=True),
        ),
        max_size=14,
    ),
    st.booleans(),
)
def test_whatever_is_taken_can_be_parsed(lines: list[str], is_first: bool) -> None:
    section = DATA[: DATA.index("\r\n") + 2] + "".join(lines)
    sdp = SOUND[:AT] + section + SOUND[AT:] if is_first else SOUND + section
    try:
        narrowed = narrow(sdp, with_data=True)
    except OfferError:
        return
    if narrowed.data is None:
        assert narrowed.refused
        return
    parsed = SessionDescription.parse(for_aiortc(narrowed))
    data = next(media for media in parsed.media if media.kind == "application")
    assert 0 < (data.sctp_port or 0) < 65_536
    assert data.rtp.muxId == narrowed.data.mid != "0"
    assert len(parsed.media) == 2


def test_the_order_of_lines_says_nothing() -> None:
    first, *rest = _LINES
    for order in permutations(rest[-4:]):
        assert narrow(SOUND + first + "".join([*rest[:-4], *order]), with_data=True).data is not None
