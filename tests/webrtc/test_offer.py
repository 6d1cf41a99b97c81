import time
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.webrtc.candidates import CandidateGate
from captions.webrtc.offer import OfferError, accept

# As Chromium writes it: its formats, extensions and candidates.
CHROMIUM = """v=0
o=- 4614217411914713142 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
a=extmap-allow-mixed
a=msid-semantic: WMS 1f6e1e3c-52a0-4b8e-b5a0-7b2a0d0a3b11
m=audio 54400 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 192.168.1.20
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:1 1 udp 2122260223 192.168.1.20 54400 typ host generation 0 network-id 1
a=candidate:2 1 udp 2122260223 169.254.169.254 54401 typ host generation 0 network-id 2
a=candidate:3 1 tcp 1518280447 192.168.1.20 9 typ host tcptype active generation 0 network-id 1
a=candidate:4 1 udp 2122260223 0b6a7d0e-2f5c-4c0a-9d2c-4c8f1f5f0a11.local 54402 typ host
a=ice-ufrag:Dx3K
a=ice-pwd:0hPq2y3s0M1M0QO9gG0pXx1R
a=ice-options:trickle
a=fingerprint:sha-256 57:C9:41:8C:F3:54:B5:41:62:E6:A9:28:21:C3:23:76:58:96:DF:78:99:03:30:07:23:B2:8C:FA:E4:3C:07:07
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a=sendrecv
a=msid:1f6e1e3c-52a0-4b8e-b5a0-7b2a0d0a3b11 8a4a2f9c-6f3f-4b47-9a53-4f0e5b1b6f01
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
a=ssrc:3321432512 cname:xk2fZc1YbVqDqf0E
a=ssrc:3321432512 msid:1f6e1e3c-52a0-4b8e-b5a0-7b2a0d0a3b11 8a4a2f9c-6f3f-4b47-9a53-4f0e5b1b6f01
a=end-of-candidates
""".replace("\n", "\r\n")


def refused(sdp: str, **options: int) -> str:
    with pytest.raises(OfferError) as caught:
        accept(sdp, CandidateGate(), **options)
    assert "a=" not in caught.value.message
    return caught.value.code


def test_only_opus_and_usable_candidates_remain() -> None:
    kept = accept(CHROMIUM, CandidateGate())
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" in kept
    assert "192.168.1.20 54400 typ host" in kept
    for gone in [
        "169.254",
        "tcptype",
        ".local",
        "end-of-candidates",
        "PCMU",
        "telephone",
        "red/48000",
        "rtpmap:126",
    ]:
        assert gone not in kept, gone
    assert "a=fmtp:111 minptime=10;useinbandfec=1" in kept


def test_any_dtls_role_can_be_answered() -> None:
    for role in ("active", "passive"):
        assert f"a=setup:{role}" in accept(CHROMIUM.replace("actpass", role), CandidateGate())


def test_bare_line_feeds_are_fine() -> None:
    assert accept(CHROMIUM.replace("\r\n", "\n"), CandidateGate()) == accept(CHROMIUM, CandidateGate())


def test_inline_candidates_count_too() -> None:
    many = "".join(f"a=candidate:1 1 udp 1 10.0.0.5 {port} typ host\r\n" for port in range(50_000, 50_040))
    assert accept(CHROMIUM + many, CandidateGate(limit=20)).count("a=candidate:") == 19


VIDEO = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n"
DATA = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1\r\na=sctp-port:5000\r\n"


@pytest.mark.parametrize(
    "sdp",
    [
        CHROMIUM + VIDEO,
        CHROMIUM + DATA,
        CHROMIUM.replace("m=audio", "m=video"),
        CHROMIUM[: CHROMIUM.index("m=audio")],
        CHROMIUM + CHROMIUM[CHROMIUM.index("m=audio") :],
        CHROMIUM.replace("a=rtpmap:111 opus/48000/2\r\n", ""),
        CHROMIUM.replace("SAVPF 111 63", "SAVPF 63"),
        CHROMIUM.replace("m=audio 54400", "m=audio 0"),
        CHROMIUM.replace("UDP/TLS/RTP/SAVPF", "RTP/AVP"),
        CHROMIUM.replace("a=sendrecv", "a=recvonly"),
        CHROMIUM.replace("a=sendrecv", "a=inactive"),
        CHROMIUM.replace("a=rtcp-mux\r\n", ""),
        CHROMIUM.replace("a=setup:actpass", "a=setup:holdconn"),
        CHROMIUM.replace("a=ice-pwd:", "a=ice-nothing:"),
        CHROMIUM.replace("a=ice-ufrag:Dx3K", "a=ice-ufrag:D"),
        CHROMIUM + "a=ice-ufrag:" + "x" * 400 + "\r\n",
        CHROMIUM + "a=setup:nonsense\r\n",
        CHROMIUM.replace("a=fingerprint:", "a=nothing:"),
        CHROMIUM.replace("sha-256", "md5"),
    ],
)
def test_refused(sdp: str) -> None:
    assert refused(sdp) == "offer_refused"


@pytest.mark.parametrize(
    "sdp",
    [
        "x" + CHROMIUM,
        CHROMIUM.replace("a=mid:0\r\n", ""),
        CHROMIUM + "a=x:\x00\r\n",
        CHROMIUM + "a=x\r\n" * 500,
        CHROMIUM.replace("a=ssrc:3321432512 cname", "a=ssrc:abc cname"),
        CHROMIUM.replace("a=extmap:1 ", "a=extmap:one "),
        CHROMIUM.replace("c=IN IP4 192.168.1.20", "c=nothing"),
    ],
)
def test_malformed(sdp: str) -> None:
    assert refused(sdp) == "malformed"


def test_size() -> None:
    assert refused(CHROMIUM + "a=x\r\n" * 5000) == "too_large"
    assert refused(CHROMIUM, max_bytes=1000) == "too_large"
    assert refused(CHROMIUM.replace("s=-", "s=" + "é" * 8000)) == "too_large"


def test_sixty_sections_cost_nothing() -> None:
    flood = CHROMIUM + "".join(f"m=audio 9 UDP/TLS/RTP/SAVPF {n}\r\n" for n in range(59))
    # Of this thread alone, whatever else the machine does.
    began = time.thread_time()
    assert refused(flood) == "offer_refused"
    assert time.thread_time() - began < 0.02


@cache
def lines() -> list[str]:
    return CHROMIUM.split("\r\n")


@settings(max_examples=200)
@given(st.data())
def test_damaged_offers_are_refused_or_taken_but_never_crash(data: st.DataObject) -> None:
    damaged = list(lines())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at] = data.draw(
            st.sampled_from([damaged[at][:9], damaged[at] * 2, "", "a=" + damaged[at], "m=x"])
        )
    with suppress(OfferError):
        accept("\r\n".join(damaged), CandidateGate())
