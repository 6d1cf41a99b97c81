// Publishes sound as OBS does: an offer by its own library, with audio and video, to the WHIP endpoint `url`.
// Opus packets are read from `packets` (JSON, base64), one for each 20 ms. Answers what became of both tracks.
import { readFileSync } from "node:fs";
import dc from "node-datachannel";
import { answer, asked, pause } from "./say.mjs";

const RATE = 48000;
const STEP = 960;
const SSRC = 42;

const ask = asked();
const peer = new dc.PeerConnection("obs", { iceServers: [], disableAutoNegotiation: true });

const audio = new dc.Audio("0", "SendOnly");
audio.addOpusCodec(111, "minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1");
audio.addSSRC(SSRC, "obs", "obs-stream", "obs-audio");
const video = new dc.Video("1", "SendOnly");
video.addH264Codec(96, "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1");
video.addSSRC(SSRC + 1, "obs", "obs-stream", "obs-video");
const sound = peer.addTrack(audio);
const picture = peer.addTrack(video);
let isPictureOpen = false;
picture.onOpen(() => {
  isPictureOpen = true;
});
const opened = new Promise((resolve) => sound.onOpen(() => resolve(true)));

peer.setLocalDescription("offer");
for (let waited = 0; waited < 10 && peer.gatheringState() !== "complete"; waited += 0.05) await pause(0.05);
// OBS before version 31 says once, before all sections, what newer libraries say in each of them.
const asOlder = (sdp) => {
  const moved = sdp.match(/^a=(setup|ice-ufrag|ice-pwd):.*\r\n/gm) ?? [];
  const rest = sdp.replace(/^a=(setup|ice-ufrag|ice-pwd):.*\r\n/gm, "");
  return rest.replace("m=audio", `${[...new Set(moved)].join("")}m=audio`);
};
const { sdp } = peer.localDescription();
const offer = ask.is_older ? asOlder(sdp) : sdp;
const headers = { "Content-Type": "application/sdp", Authorization: `Bearer ${ask.token}` };
const response = await fetch(ask.url, { method: "POST", headers, body: offer });
const body = await response.text();
const location = response.headers.get("location");
const told = { status: response.status, location, etag: response.headers.get("etag"), body };
if (response.status !== 201) {
  answer(told);
} else {
  peer.setRemoteDescription(body, "answer");
  const isOpen = await Promise.race([opened, pause(15)]);
  let number = 0;
  if (isOpen) {
    const packets = JSON.parse(readFileSync(ask.packets, "utf8"));
    const began = performance.now();
    for (const packet of packets) {
      const header = Buffer.alloc(12);
      header.writeUInt8(0x80, 0);
      header.writeUInt8(111, 1);
      header.writeUInt16BE(number & 0xffff, 2);
      header.writeUInt32BE((number * STEP) >>> 0, 4);
      header.writeUInt32BE(SSRC, 8);
      sound.sendMessageBinary(Buffer.concat([header, Buffer.from(packet, "base64")]));
      number += 1;
      const ahead = (number * STEP * 1000) / RATE - (performance.now() - began);
      if (ahead > 0) await pause(ahead / 1000);
    }
    await pause(1);
  }
  const end = await fetch(new URL(location, ask.url), {
    method: "DELETE",
    headers: { Authorization: headers.Authorization },
  });
  const again = await fetch(new URL(location, ask.url), {
    method: "DELETE",
    headers: { Authorization: headers.Authorization },
  });
  peer.close();
  answer({ ...told, isOpen, isPictureOpen, sent: number, ended: end.status, again: again.status });
}
