// Stands in for the server's WebSocket. Tests drive it through `window.server`; offers are answered by a peer
// connection in this very page, so that the sound really flows.
(() => {
  const server = {
    ready: {
      type: "ready",
      protocol: 1,
      session: "",
      state: "new",
      gen: 0,
      last_seq: 0,
      clock_ms: 0,
      ice_servers: [],
      limits: { message_bytes: 65536, offer_bytes: 16384, candidate_bytes: 512, candidates: 20 },
    },
    heard: [],
    sockets: [],
    peers: new Map(),
    answers: true,
    accepts: true,
    isMute: false,
    continues: 1,
    // What media says of its source: to a second device that it is its own.
    source: {},

    say(...messages) {
      for (const message of messages) {
        this.sockets.at(-1).onmessage?.({ data: JSON.stringify(message) });
      }
    },

    media(state, gen, more = {}) {
      this.say({ type: "media", state, gen, clock_ms: 0, reason: "", ...this.source, ...more });
    },

    partial(utterance, stable, tentative = "", start_ms = 0, more = {}) {
      this.say({ type: "partial", utterance, start_ms, stable, tentative, ...more });
    },

    final(seq, text, { utterance = `u${seq}`, start_ms = seq * 4000, end_ms = start_ms + 2000, ...more } = {}) {
      const heard = { words: [], confidence: 0.9, language: "en" };
      this.say({ type: "final", seq, utterance, start_ms, end_ms, text, version: 1, ...heard, ...more });
    },

    drop(code = 1006) {
      this.sockets.at(-1).end(code);
    },

    /** An audio worker goes, and its connection with it; the server says so. */
    lose(code = "worker_lost", message = "") {
      const { prototype } = RTCPeerConnection;
      const state = Object.getOwnPropertyDescriptor(prototype, "connectionState");
      Object.defineProperty(prototype, "connectionState", { configurable: true, get: () => "failed" });
      this.say({ type: "error", code, message, retryable: true });
      Object.defineProperty(prototype, "connectionState", state);
    },

    /** The types of what the browser has said, without its candidates and its outages. */
    said() {
      return this.heard.map((message) => message.type).filter((type) => !["candidate", "outages"].includes(type));
    },

    async answer({ gen, sdp, settings }) {
      const peer = new RTCPeerConnection();
      this.peers.set(gen, peer);
      const player = new Audio();
      player.muted = true;
      peer.ontrack = (event) => {
        // Chromium reports on a stream only when something takes it.
        player.srcObject = new MediaStream([event.track]);
        player.play();
      };
      await peer.setRemoteDescription({ type: "offer", sdp });
      const answer = await peer.createAnswer();
      const stereo = answer.sdp.replaceAll("useinbandfec=1", "useinbandfec=1;stereo=1");
      await peer.setLocalDescription({ type: "answer", sdp: settings.shared ? stereo : answer.sdp });
      await new Promise((resolve) => {
        const look = () => peer.iceGatheringState === "complete" && resolve();
        peer.onicegatheringstatechange = look;
        look();
      });
      for (const candidate of this.heard.filter((each) => each.type === "candidate" && each.gen === gen)) {
        this.candidate(candidate);
      }
      this.say({ type: "answer", gen, sdp: peer.localDescription.sdp });
      peer.onconnectionstatechange = () => {
        if (peer.connectionState === "connected") this.media("live", gen, { clock_ms: this.ready.clock_ms });
      };
    },

    candidate({ gen, candidate }) {
      const peer = this.peers.get(gen);
      if (peer?.remoteDescription && candidate) peer.addIceCandidate({ candidate, sdpMid: "0" });
    },

    hear(message) {
      this.heard.push(message);
      if (message.type === "offer" && this.answers) this.answer(message);
      if (message.type === "candidate") this.candidate(message);
      if (message.type === "stop" && this.answers) this.media("ended", 1, { reason: "stopped", clock_ms: 12000 });
    },
  };

  const RealSocket = window.WebSocket;

  /** The WebSocket of the sound, which hears each packet at once. */
  class SoundSocket {
    bufferedAmount = 0;
    gen = 0;

    constructor() {
      setTimeout(() => this.onopen?.({}), 0);
    }

    send(data) {
      if (typeof data === "string") return this.open(JSON.parse(data));
      if (!this.gen) return;
      const view = new DataView(data.buffer);
      let position = Number(view.getBigUint64(0));
      for (let at = 12; at < data.length; at += view.getUint16(at) + 2) position += 960;
      const clock_ms = Math.round(position / 48);
      setTimeout(() => this.tell({ type: "heard", gen: this.gen, position, clock_ms }), 0);
    }

    open(message) {
      server.heard.push(message);
      this.gen = message.gen;
      this.tell({ type: "opened", gen: this.gen });
      server.media("live", this.gen, { continues: server.continues });
    }

    tell(message) {
      this.onmessage?.({ data: JSON.stringify(message) });
    }

    close() {}
  }

  class ScriptedSocket {
    readyState = RealSocket.CONNECTING;

    constructor(url) {
      this.url = url;
      if (url.endsWith("/device/")) server.source = { source: "second" };
      server.sockets.push(this);
      setTimeout(() => this.begin(), 0);
    }

    begin() {
      if (!server.accepts) return this.end(1006);
      this.readyState = RealSocket.OPEN;
      this.onopen?.({});
      this.onmessage?.({ data: JSON.stringify(server.ready) });
    }

    send(text) {
      server.hear(JSON.parse(text));
    }

    close() {
      this.readyState = RealSocket.CLOSED;
    }

    end(code) {
      this.readyState = RealSocket.CLOSED;
      this.onclose?.({ code });
    }
  }

  // Called with `new`, it makes the one or the other.
  function Scripted(url) {
    return new (url.endsWith("/sound/") ? SoundSocket : ScriptedSocket)(url);
  }
  Scripted.OPEN = RealSocket.OPEN;

  // As the server does where it has nothing else to say; a page takes a silent socket for a dead one.
  setInterval(() => {
    const socket = server.sockets.at(-1);
    if (socket?.readyState === RealSocket.OPEN && !server.isMute)
      socket.onmessage?.({ data: JSON.stringify({ type: "alive" }) });
  }, 2000);

  window.WebSocket = Scripted;
  window.server = server;
})();
