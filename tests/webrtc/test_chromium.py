"""What a real browser sends over a network that loses packets."""

from playwright.async_api import async_playwright

from captions.webrtc.audio import AudioChunk
from captions.webrtc.peer import Peer
from tests.browsers import chromium
from tests.webrtc.support import until

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--autoplay-policy=no-user-gesture-required"]
_OFFER = """async () => {
  const context = new AudioContext();
  const oscillator = context.createOscillator();
  const microphone = context.createMediaStreamDestination();
  oscillator.connect(microphone);
  oscillator.start();
  window.connection = new RTCPeerConnection();
  connection.addTransceiver(microphone.stream.getAudioTracks()[0], { direction: "sendonly" });
  await connection.setLocalDescription();
  return connection.localDescription.sdp;
}"""
# With a picture before the sound, and a data channel after it.
_OFFER_OF_ALL = _OFFER.replace(
    "connection.addTransceiver(microphone",
    """
  connection.addTransceiver(document.createElement("canvas").captureStream(30).getVideoTracks()[0]);
  connection.createDataChannel("events");
  connection.addTransceiver(microphone""",
)
_ANSWER = "(sdp) => connection.setRemoteDescription({ type: 'answer', sdp })"


class LossyPeer(Peer):
    """A peer that every fifth packet does not reach."""

    def _receive(
        self, payload_type: int, ssrc: int, sequence: int, timestamp: int, payload: bytes, /
    ) -> None:
        if sequence % 5:
            super()._receive(payload_type, ssrc, sequence, timestamp, payload)


async def test_it_sends_copies_that_make_up_for_lost_packets() -> None:
    heard: list[AudioChunk] = []
    peer = LossyPeer(1, on_audio=heard.append, on_state=lambda *_: None)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium(), args=_FLAGS)
        page = await browser.new_page()
        await page.evaluate(_ANSWER, await peer.answer(await page.evaluate(_OFFER)))
        await until(lambda: peer.stats.packets.received >= 100)
        await browser.close()
    await peer.close()
    counts = peer.stats.packets
    assert counts.recovered >= 20
    assert counts.lost == peer.stats.undecodable == 0
    assert peer.stats.hold_seconds / counts.released < 0.01


async def test_it_sends_its_sound_alone_where_all_else_is_refused() -> None:
    heard: list[AudioChunk] = []
    peer = Peer(1, on_audio=heard.append, on_state=lambda *_: None)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=chromium(), args=_FLAGS)
        page = await browser.new_page()
        offer = await page.evaluate(_OFFER_OF_ALL)
        assert [line.split()[0] for line in offer.splitlines() if line.startswith("m=")] == [
            "m=video",
            "m=audio",
            "m=application",
        ]
        await page.evaluate(_ANSWER, await peer.answer(offer))
        await until(lambda: peer.stats.packets.received >= 20)
        directions = "connection.getTransceivers().map((each) => each.currentDirection)"
        # That of the picture has been stopped.
        assert await page.evaluate(directions) == ["sendonly"]
        await browser.close()
    await peer.close()
