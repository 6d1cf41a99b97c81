import { isUsable } from "app/dictation/candidates";

const WATCH_MS = 1000;
// The server reports on what it receives about once a second; three missed reports mean that nothing arrives.
const SILENT_MS = 3500;

/**
 * One peer connection that sends one microphone, of one generation. Callbacks: `send(message)` for the server,
 * `lost()` when it cannot work any more, `alive(boolean, ago)` when the server's reports stop, `ago` milliseconds
 * before now, or come back.
 */
export class Peer {
  #connection;
  #sender;
  #on;
  #limits;
  #sent = 0;
  #offered = false;
  #early = [];
  #closed = false;
  #watch = null;
  #received = 0;
  #receivedAt = 0;
  #alive = true;

  constructor({ gen, stream, track, ready, on }) {
    this.gen = gen;
    this.#on = on;
    this.#limits = ready.limits;
    this.#connection = new RTCPeerConnection({ iceServers: ready.ice_servers, bundlePolicy: "max-bundle" });
    const transceiver = this.#connection.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    this.#sender = transceiver.sender;
    narrowCodecs(transceiver);
    this.#connection.onicecandidate = (event) => this.#candidate(event.candidate);
    this.#connection.onconnectionstatechange = () => this.#changed();
  }

  async offer(settings) {
    await this.#connection.setLocalDescription();
    if (this.#closed) return;
    const sdp = this.#connection.localDescription.sdp;
    this.#on.send({ type: "offer", gen: this.gen, sdp: withoutCandidates(sdp), settings });
    this.#offered = true;
    for (const candidate of this.#early.splice(0)) this.#candidate(candidate);
  }

  async answer(sdp) {
    if (this.#closed || this.#connection.signalingState !== "have-local-offer") return;
    await this.#connection.setRemoteDescription({ type: "answer", sdp });
  }

  replaceTrack(track) {
    return this.#sender.replaceTrack(track);
  }

  get isAlive() {
    return this.#alive && this.#connection.connectionState === "connected";
  }

  close() {
    this.#closed = true;
    clearInterval(this.#watch);
    this.#connection.onicecandidate = this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }

  #candidate(candidate) {
    if (this.#closed) return;
    if (!this.#offered) {
      this.#early.push(candidate);
    } else if (!candidate?.candidate) {
      this.#on.send({ type: "candidate", gen: this.gen, candidate: null });
    } else if (
      isUsable(candidate.candidate, this.#limits.candidate_bytes) &&
      this.#sent < this.#limits.candidates - 1
    ) {
      this.#sent += 1;
      this.#on.send({ type: "candidate", gen: this.gen, candidate: candidate.candidate });
    }
  }

  #changed() {
    const state = this.#connection.connectionState;
    if (state === "failed" || state === "closed") {
      this.#on.lost();
    } else if (state === "disconnected") {
      this.#on.alive(false, performance.now() - this.#receivedAt);
    } else if (state === "connected") {
      this.#receivedAt = performance.now();
      this.#watch ??= setInterval(() => this.#look(), WATCH_MS);
      this.#on.alive(true, 0);
    }
  }

  async #look() {
    const stats = await this.#connection.getStats();
    if (this.#closed) return;
    let received = 0;
    for (const report of stats.values()) if (report.type === "transport") received += report.bytesReceived;
    const now = performance.now();
    if (received !== this.#received) {
      this.#received = received;
      this.#receivedAt = now;
    }
    const ago = now - this.#receivedAt;
    const alive = ago < SILENT_MS;
    if (alive === this.#alive) return;
    this.#alive = alive;
    this.#on.alive(alive, ago);
  }
}

/** Opus, and where the browser has it audio/red: packets that carry a copy of the one before. */
function narrowCodecs(transceiver) {
  const codecs = RTCRtpSender.getCapabilities?.("audio")?.codecs ?? [];
  const wanted = codecs.filter((codec) => /^audio\/(opus|red)$/i.test(codec.mimeType));
  if (wanted.some((codec) => /opus$/i.test(codec.mimeType))) transceiver.setCodecPreferences?.(wanted);
}

/** Candidates travel one by one, so that those that are of no use can be left out. */
function withoutCandidates(sdp) {
  return sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") && line !== "a=end-of-candidates")
    .join("\r\n");
}
