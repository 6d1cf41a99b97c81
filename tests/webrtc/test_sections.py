import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from captions.webrtc.candidates import CandidateGate
from captions.webrtc.offer import OfferError, accept
from captions.webrtc.sections import narrow, offers_video
from tests.webrtc.test_offer import CHROMIUM, DATA, VIDEO

# As OBS 30.1 writes it: the DTLS role, the fingerprint and the ICE credentials stand before the sections.
OBS = """v=0
o=rtc 1626173521 0 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=group:LS 0 1
a=msid-semantic:WMS *
a=ice-options:ice2,trickle
a=setup:actpass
a=ice-ufrag:Kv9t
a=ice-pwd:d6V0mNSTlYfSvTyqLdXaVv
a=fingerprint:sha-256 57:C9:41:8C:F3:54:B5:41:62:E6:A9:28:21:C3:23:76:58:96:DF:78:99:03:30:07:23:B2:8C:FA:E4:3C:07:07
m=audio 55002 UDP/TLS/RTP/SAVPF 111
c=IN IP4 192.168.1.20
a=mid:0
a=sendonly
a=ssrc:1336216 cname:obs
a=ssrc:1336216 msid:obs obs-audio
a=msid:obs obs-audio
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
a=candidate:1 1 UDP 2122317823 192.168.1.20 55002 typ host
a=end-of-candidates
m=video 55002 UDP/TLS/RTP/SAVPF 96 97
c=IN IP4 192.168.1.20
a=mid:1
a=sendonly
a=rtcp-mux
a=rtpmap:96 H264/90000
a=rtcp-fb:96 nack
a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
""".replace("\n", "\r\n")
ANSWER = "v=0\r\na=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n"
REFUSED_VIDEO = "m=video 0 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=inactive\r\na=mid:1\r\n"


def test_the_sound_alone_goes_on() -> None:
    narrowed = narrow(OBS)
    assert narrowed.sdp.count("m=") == 1
    for gone in ("video", "a=mid:1", "H264", "rtx"):
        assert gone not in narrowed.sdp
    assert "a=group:BUNDLE 0\r\na=group:LS 0\r\n" in narrowed.sdp
    kept = accept(narrowed.sdp, CandidateGate())
    assert "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" in kept
    assert "192.168.1.20 55002 typ host" in kept


def test_the_answer_refuses_the_video_at_its_place() -> None:
    assert narrow(OBS).in_answer(ANSWER) == ANSWER + REFUSED_VIDEO
    at = OBS.index("m=audio"), OBS.index("m=video")
    turned = OBS[: at[0]] + OBS[at[1] :] + OBS[at[0] : at[1]]
    sound = ANSWER.index("m=audio")
    assert narrow(turned).in_answer(ANSWER) == ANSWER[:sound] + REFUSED_VIDEO + ANSWER[sound:]


def test_sections_on_both_sides() -> None:
    answer = narrow(OBS.replace("m=audio", "m=text 9 RTP/AVP 98\r\nm=audio") + DATA).in_answer(ANSWER)
    assert [line.split()[:2] for line in answer.splitlines() if line.startswith("m=")] == [
        ["m=text", "0"],
        ["m=audio", "9"],
        ["m=video", "0"],
        ["m=application", "0"],
    ]
    # A section without a mid is refused without one.
    assert answer.count("a=mid:") == 3


@pytest.mark.parametrize("sdp", [CHROMIUM, CHROMIUM[: CHROMIUM.index("m=audio")], "", "nonsense", VIDEO])
def test_what_has_nothing_to_refuse_or_nothing_to_keep_stays(sdp: str) -> None:
    narrowed = narrow(sdp)
    assert narrowed.sdp == sdp
    assert narrowed.in_answer(ANSWER) == ANSWER


@pytest.mark.parametrize(
    ("sdp", "code"),
    [
        (CHROMIUM + CHROMIUM[CHROMIUM.index("m=audio") :], "several_sounds"),
        (CHROMIUM + VIDEO * 8, "offer_refused"),
        (CHROMIUM + "m=video 9 RTP\r\n", "malformed"),
        (CHROMIUM + "m=video 9 RTP/AVP \x00\r\n", "malformed"),
    ],
)
def test_refused(sdp: str, code: str) -> None:
    with pytest.raises(OfferError) as caught:
        narrow(sdp)
    assert caught.value.code == code


def test_groups_that_name_nothing_any_more_are_gone() -> None:
    sdp = narrow(OBS.replace("a=group:LS 0 1", "a=group:FID 1\r\na=group:")).sdp
    assert "FID" not in sdp
    assert sdp.count("a=group:") == 1


def test_video_is_noticed() -> None:
    assert offers_video(OBS)
    assert not offers_video(CHROMIUM + DATA)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(OBS.splitlines(keepends=True)), max_size=60))
def test_any_lines_in_any_order(lines: list[str]) -> None:
    sdp = "".join(lines)
    try:
        narrowed = narrow(sdp)
    except OfferError:
        return
    assert narrowed.sdp.count("m=audio ") == sdp.count("m=audio ") <= 1
    if narrowed.refused:
        in_answer = [line for line in narrowed.in_answer(ANSWER).splitlines() if line.startswith("m=")]
        assert len(in_answer) == sdp.count("m=")
