import { isUsable } from "app/dictation/candidates";

/** @import { ClientMessage, OfferSettings, Ready, RoadName } from "app/dictation/messages" */
/** @import { Sound } from "app/dictation/held-microphone" */

/**
 * @typedef {object} PeerEvents
 * @property {(message: ClientMessage) => void} send - Sends a message to the server.
 * @property {() => void} lost - The connection has failed for good.
 * @property {(ago: number) => void} silent - The server's RTCP reports stopped `ago` milliseconds before now.
 * @property {() => void} alive - The reports arrive again.
 */

const WATCH_MS = 1000;
// The server reports about once a second on what it receives; three missed reports mean that nothing arrives.
const SILENT_MS = 3500;

/** One peer connection, of one generation, that sends the sound of one microphone. */
export class Peer {
  /** @type {RoadName} */
  kind = "webrtc";
  #connection;
  #sender;
  #on;
  #limits;
  #candidatesSent = 0;
  #isOffered = false;
  /** @type {(RTCIceCandidate | null)[]} */
  #early = [];
  #isClosed = false;
  /** @type {number | undefined} */
  #watch;
  #received = 0;
  #receivedAt = 0;
  #isReceived = true;

  /**
   * @param {number} gen
   * @param {Sound} sound
   * @param {Ready} ready
   * @param {PeerEvents} on
   */
  constructor(gen, { stream, track }, ready, on) {
    this.gen = gen;
    this.#on = on;
    this.#limits = ready.limits;
    this.#connection = new RTCPeerConnection({ iceServers: ready.ice_servers, bundlePolicy: "max-bundle" });
    const transceiver = this.#connection.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    this.#sender = transceiver.sender;
    preferOpus(transceiver);
    this.#connection.onicecandidate = (event) => this.#sendCandidate(event.candidate);
    this.#connection.onconnectionstatechange = () => this.#connectionChanged();
  }

  /** Whether the server receives the sound that is sent. */
  get isAlive() {
    return this.#isReceived && this.#connection.connectionState === "connected";
  }

  get isConnected() {
    return this.#connection.connectionState === "connected";
  }

  /** How long ago the server's last report came, in milliseconds. */
  get unheardMs() {
    return performance.now() - this.#receivedAt;
  }

  /** @returns {Promise<unknown> | null} - Null: what was said until now comes by itself. */
  settled() {
    return null;
  }

  /** @param {OfferSettings} settings */
  async offer(settings) {
    await this.#connection.setLocalDescription();
    if (this.#isClosed) return;
    const sdp = this.#connection.localDescription?.sdp ?? "";
    this.#on.send({ type: "offer", gen: this.gen, sdp: withoutCandidates(sdp), settings });
    this.#isOffered = true;
    for (const candidate of this.#early.splice(0)) this.#sendCandidate(candidate);
  }

  /** @param {string} sdp */
  async answer(sdp) {
    if (this.#isClosed || this.#connection.signalingState !== "have-local-offer") return;
    await this.#connection.setRemoteDescription({ type: "answer", sdp });
  }

  /**
   * Sends another track, without a new offer.
   * @param {MediaStreamTrack} track
   */
  replaceTrack(track) {
    // It is refused only by a connection that has been closed, which sends nothing any more.
    this.#sender.replaceTrack(track).catch(() => {});
  }

  close() {
    this.#isClosed = true;
    clearInterval(this.#watch);
    this.#connection.onicecandidate = this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }

  /** @param {RTCIceCandidate | null} candidate */
  #sendCandidate(candidate) {
    if (this.#isClosed) return;
    if (!this.#isOffered) {
      this.#early.push(candidate);
    } else if (!candidate?.candidate) {
      this.#on.send({ type: "candidate", gen: this.gen, candidate: null });
    } else if (
      isUsable(candidate.candidate, this.#limits.candidate_bytes) &&
      this.#candidatesSent < this.#limits.candidates - 1
    ) {
      this.#candidatesSent += 1;
      this.#on.send({ type: "candidate", gen: this.gen, candidate: candidate.candidate });
    }
  }

  #connectionChanged() {
    const state = this.#connection.connectionState;
    if (state === "failed" || state === "closed") {
      this.#on.lost();
    } else if (state === "disconnected") {
      this.#on.silent(performance.now() - this.#receivedAt);
    } else if (state === "connected") {
      this.#receivedAt = performance.now();
      this.#watch ??= setInterval(() => this.#readReports(), WATCH_MS);
      this.#on.alive();
    }
  }

  async #readReports() {
    const stats = await this.#connection.getStats();
    if (this.#isClosed) return;
    let received = 0;
    for (const report of stats.values()) if (report.type === "transport") received += report.bytesReceived;
    const now = performance.now();
    if (received !== this.#received) {
      this.#received = received;
      this.#receivedAt = now;
    }
    const ago = now - this.#receivedAt;
    const isReceived = ago < SILENT_MS;
    if (isReceived === this.#isReceived) return;
    this.#isReceived = isReceived;
    if (isReceived) this.#on.alive();
    else this.#on.silent(ago);
  }
}

/**
 * Prefers Opus and, if the browser supports it, audio/red: packets that carry a copy of the one before (RFC 2198).
 * @param {RTCRtpTransceiver} transceiver
 */
function preferOpus(transceiver) {
  const codecs = RTCRtpSender.getCapabilities?.("audio")?.codecs ?? [];
  const wanted = codecs.filter((codec) => /^audio\/(opus|red)$/i.test(codec.mimeType));
  if (wanted.some((codec) => /opus$/i.test(codec.mimeType))) transceiver.setCodecPreferences?.(wanted);
}

/**
 * Removes the candidates from an SDP: they are sent one by one, so that useless ones can be left out.
 * @param {string} sdp
 */
function withoutCandidates(sdp) {
  return sdp
    .split("\r\n")
    .filter((line) => !line.startsWith("a=candidate:") && line !== "a=end-of-candidates")
    .join("\r\n");
}
