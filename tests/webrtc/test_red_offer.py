from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from captions.webrtc.candidates import CandidateGate
from captions.webrtc.offer import accept
from captions.webrtc.red_offer import Redundancy, offered
from tests.webrtc.test_offer import CHROMIUM


def of(sdp: str) -> Redundancy | None:
    return offered(sdp, accept(sdp, CandidateGate()))


def test_a_number_that_the_browser_does_not_use_stands_for_copies_of_its_opus() -> None:
    assert of(CHROMIUM) == Redundancy(number=127, opus=111)
    assert of(CHROMIUM.replace("13 110 126", "13 127 126")) == Redundancy(number=125, opus=111)


def test_the_number_is_none_of_a_video_that_is_refused() -> None:
    video = "m=video 9 UDP/TLS/RTP/SAVPF 127 125\r\na=mid:1\r\n"
    assert offered(CHROMIUM + video, accept(CHROMIUM, CandidateGate())) == Redundancy(number=124, opus=111)


def test_without_copies_of_opus_there_is_nothing_to_agree_on() -> None:
    assert of(CHROMIUM.replace("a=rtpmap:63 red/48000/2\r\n", "")) is None
    assert of(CHROMIUM.replace("a=fmtp:63 111/111\r\n", "")) is None
    assert of(CHROMIUM.replace("a=fmtp:63 111/111\r\n", "a=fmtp:63 9/9\r\n")) is None


async def test_the_answer_of_aiortc_prefers_copies() -> None:
    redundancy = of(CHROMIUM)
    assert redundancy is not None
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    sdp = redundancy.in_offer(accept(CHROMIUM, CandidateGate()))
    await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
    await connection.setLocalDescription()
    lines = redundancy.in_answer(connection.localDescription.sdp).split("\r\n")
    await connection.close()
    assert [line.split("SAVPF ")[1] for line in lines if line.startswith("m=")] == ["127 111"]
    assert [line for line in lines if line.startswith(("a=rtpmap:", "a=fmtp:"))] == [
        "a=rtpmap:111 opus/48000/2",
        "a=rtpmap:127 red/48000/2",
        "a=fmtp:127 111/111",
    ]
