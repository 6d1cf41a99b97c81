import { Backoff } from "app/backoff";
import { SessionClock } from "app/clock";
import { Peer } from "app/peer";
import { SessionSocket } from "app/socket";

// The server fails a connection that it cannot complete after 15 s; then nothing more is to be expected of it.
const OFFER_MS = 20000;
// The last words leave the browser's own buffers before the connection is closed.
const LINGER_MS = 500;
const FLUSH_MS = 10000;
// Longer than this without a word from the server, and its socket may be dead without knowing.
const DOUBT_MS = 4000;
const SYNC_MS = 2000;

const FATAL = [
  "not_logged_in",
  "not_found",
  "too_many_sockets",
  "too_many_sessions",
  "session_ended",
  "model_unavailable",
];
// What concerns one candidate only: the connection may still come about.
const HARMLESS = ["candidate_refused", "candidate_limit", "too_many_candidates"];

/**
 * One session on the air: its socket, its peer connections one after another, and what to do when either fails.
 *
 * Callbacks:
 * - `changed()`: `state` or `outage` may be another;
 * - `text(message)`: a partial or a final;
 * - `said(sentence)`: something went wrong that changes nothing else;
 * - `ended({reason, message})`: over for good; reason is that of the server, `refused`, `taken` or `unconfirmed`;
 * - `lastSeq()`: asks for the highest seq up to which all finals are here.
 */
export class LiveSession {
  clock = new SessionClock();
  #on;
  #input;
  #language;
  #socket;
  #ready = null;
  #gen = 0;
  #peer = null;
  #next = null;
  #media = "connecting";
  #wasLive = false;
  #wantsPause = false;
  #stopping = false;
  #over = false;
  #outage = null;
  #trouble = "";
  #backoff = new Backoff({ first: 1000, most: 10000 });
  #retry = null;
  #deadline = null;
  #flush = null;
  #synced = -Infinity;

  constructor({ url, input, language, isPaused = false, on }) {
    this.#on = on;
    this.#input = input;
    this.#language = language;
    this.#wantsPause = isPaused;
    this.#input.track.enabled = !isPaused;
    this.#socket = new SessionSocket(url, {
      open: () => {},
      message: (message) => this.#hear(message),
      drop: () => this.#dropped(),
      refused: (code) => this.#end("refused", code === 4404 ? "There is no such dictation." : "You are logged out. Log in again."),
    });
  }

  /** connecting, listening, reconnecting, paused or stopping. */
  get state() {
    if (this.#stopping) return "stopping";
    if (!this.#wasLive) return this.#trouble ? "reconnecting" : "connecting";
    if (!this.#isHeard || !this.#socket.isOpen || this.#ready === null) return "reconnecting";
    return this.#wantsPause ? "paused" : "listening";
  }

  /**
   * What is lost while the connection is away, or null: `{at}` is the session's time at which it dropped, and
   * `until` when it came back. `trouble` is the server's own sentence about it, if it has one.
   */
  get outage() {
    return this.#outage;
  }

  get trouble() {
    return this.#trouble;
  }

  /** Whether what is said now reaches the server. */
  get isRecording() {
    return this.#wasLive && this.#isHeard && !this.#wantsPause;
  }

  pause() {
    this.#setPaused(true);
  }

  resume() {
    this.#setPaused(false);
  }

  /** Ends the session; `ended` follows when the server has saved the last words, or cannot be asked. */
  stop() {
    if (this.#stopping || this.#over) return;
    this.#stopping = true;
    clearTimeout(this.#retry);
    this.#socket.send({ type: "stop" });
    const linger = setTimeout(() => (this.#input.track.enabled = false), LINGER_MS);
    this.#flush = setTimeout(() => {
      clearTimeout(linger);
      this.#end("unconfirmed");
    }, FLUSH_MS);
    this.#on.changed();
  }

  /** Goes on with another microphone. */
  async use(input) {
    input.track.enabled = !this.#wantsPause;
    this.#input = input;
    await Promise.all([this.#peer, this.#next].filter(Boolean).map((peer) => peer.replaceTrack(input.track)));
  }

  /** Goes on in another language: the server takes it with the next connection. */
  speak(language) {
    this.#language = language;
    if (this.#wasLive) this.#offer();
  }

  /** Asks for the finals that are missing. */
  sync() {
    const now = performance.now();
    if (now - this.#synced < SYNC_MS) return;
    this.#synced = now;
    this.#socket.send({ type: "sync", after_seq: this.#on.lastSeq() });
  }

  close() {
    this.#over = true;
    for (const timer of [this.#retry, this.#deadline, this.#flush]) clearTimeout(timer);
    this.#socket.close();
    this.#peer?.close();
    this.#next?.close();
    this.#peer = this.#next = null;
  }

  get #isHeard() {
    return this.#peer !== null && this.#peer.isAlive && (this.#media === "live" || this.#media === "paused");
  }

  #hear(message) {
    switch (message.type) {
      case "ready":
        return this.#began(message);
      case "answer":
        return this.#answered(message);
      case "media":
        return this.#mediaChanged(message);
      case "partial":
      case "final":
        return this.#on.text(message);
      case "error":
        return this.#failed(message);
    }
  }

  #began(ready) {
    this.#ready = ready;
    this.#gen = Math.max(this.#gen, ready.gen);
    this.clock.set(ready.clock_ms, ready.state === "live" || ready.state === "lost");
    if (ready.state === "ended") return this.#end(this.#stopping ? "stopped" : "gone");
    this.#synced = -Infinity;
    if (this.#wasLive || ready.last_seq > this.#on.lastSeq()) this.sync();
    if (this.#stopping) return this.#socket.send({ type: "stop" });
    if (this.#peer?.isAlive && ready.gen > this.#peer.gen && this.#next === null) return this.#end("taken");
    if (!this.#wasLive && ready.state === "paused") {
      this.#wantsPause = true;
      this.#input.track.enabled = false;
    }
    if (this.#wasLive && this.#wantsPause !== (ready.state === "paused")) this.#tellPause();
    if (ready.state === "lost" && this.#wasLive) {
      this.#lose();
      this.#media = "connecting";
    }
    // An offer that went out on the old socket may have been answered to nobody.
    this.#drop("next");
    if (this.#peer?.isAlive && (ready.state === "live" || ready.state === "paused")) this.#on.changed();
    else this.#offer();
  }

  #dropped() {
    this.#ready = null;
    this.#on.changed();
  }

  async #offer() {
    clearTimeout(this.#retry);
    if (this.#over || this.#stopping || this.#next !== null || this.#ready === null) return;
    this.#gen += 1;
    const next = new Peer({
      gen: this.#gen,
      stream: this.#input.stream,
      track: this.#input.track,
      ready: this.#ready,
      on: {
        send: (message) => this.#socket.send(message),
        lost: () => this.#peerLost(next),
        alive: (alive, ago) => this.#peerAlive(next, alive, ago),
      },
    });
    this.#next = next;
    this.#deadline = setTimeout(() => this.#offerFailed(next), OFFER_MS);
    this.#on.changed();
    try {
      await next.offer(this.#language);
    } catch {
      this.#offerFailed(next);
    }
  }

  async #answered({ gen, sdp }) {
    const next = this.#next;
    if (next?.gen !== gen) return;
    try {
      await next.answer(sdp);
    } catch {
      this.#offerFailed(next);
    }
  }

  #mediaChanged({ state, gen, clock_ms, reason }) {
    if (state === "ended") {
      this.clock.set(clock_ms, false);
      return this.#end(reason || "stopped");
    }
    // Another window offered a connection of its own: two would take the session from each other for ever.
    if (gen > this.#gen) return this.#end("taken");
    if (state === "connecting") return;
    if (this.#next?.gen === gen && (state === "live" || state === "paused")) this.#promote();
    if (this.#peer?.gen !== gen) return;
    this.#media = state;
    if (state === "stalled") {
      this.#lose(this.clock.read() - clock_ms);
      this.#reach();
    } else {
      this.clock.set(clock_ms, state === "live");
      this.#backoff.reset();
      this.#wasLive = true;
      this.#trouble = "";
      this.#regain();
      if (!this.#stopping && this.#wantsPause !== (state === "paused")) this.#tellPause();
    }
    this.#on.changed();
  }

  #promote() {
    clearTimeout(this.#deadline);
    this.#peer?.close();
    this.#peer = this.#next;
    this.#next = null;
  }

  #failed({ code, message, retryable }) {
    if (FATAL.includes(code)) return this.#end("refused", message);
    if (HARMLESS.includes(code)) return;
    if (code === "stale_gen") {
      if (this.#next !== null) this.#socket.reopen();
      return;
    }
    if (!retryable) return this.#next === null ? this.#on.said(message) : this.#end("refused", message);
    if (code === "restarting") return;
    if (code === "worker_lost" || code === "media_lost") {
      this.#lose();
      this.#drop("peer");
    } else if (this.#next !== null || !this.#wasLive) {
      this.#trouble = message;
    }
    this.#drop("next");
    this.#later();
    this.#on.changed();
  }

  #offerFailed(peer) {
    if (this.#next !== peer) return;
    this.#drop("next");
    this.#later();
    this.#on.changed();
  }

  #peerLost(peer) {
    if (peer === this.#next) return this.#offerFailed(peer);
    if (peer !== this.#peer) return;
    this.#lose();
    this.#drop("peer");
    this.#reach();
    this.#on.changed();
  }

  #peerAlive(peer, alive, ago) {
    if (peer !== this.#peer) return;
    if (alive) {
      this.#regain();
    } else {
      this.#lose(ago);
      this.#reach();
    }
    this.#on.changed();
  }

  /** A new connection, and first a new socket when the one at hand may be dead as well. */
  #reach() {
    if (this.#stopping || this.#next !== null) return;
    if (this.#socket.isOpen && this.#socket.silentFor < DOUBT_MS) this.#offer();
    else if (this.#socket.isOpen) this.#socket.reopen();
  }

  #later() {
    clearTimeout(this.#retry);
    if (this.#over || this.#stopping || this.#isHeard) return;
    this.#retry = setTimeout(() => this.#offer(), this.#backoff.next());
  }

  #drop(which) {
    if (which === "next") {
      clearTimeout(this.#deadline);
      this.#next?.close();
      this.#next = null;
    } else {
      this.#peer?.close();
      this.#peer = null;
      this.#media = "connecting";
    }
  }

  /** The sound stopped arriving, `ago` milliseconds before now. */
  #lose(ago = 0) {
    if (this.#wantsPause || this.#stopping || !this.#wasLive) return;
    if (this.#outage !== null && this.#outage.until === null) return;
    this.#outage = { at: Math.max(0, this.clock.read() - Math.max(0, ago)), until: null };
  }

  #regain() {
    if (!this.#isHeard || this.#outage === null || this.#outage.until !== null) return;
    this.#outage = { at: this.#outage.at, until: Math.max(this.#outage.at, this.clock.read()) };
  }

  #setPaused(value) {
    if (this.#stopping || this.#wantsPause === value) return;
    this.#wantsPause = value;
    // Not a sample of what is said in a pause leaves the browser, whatever the server thinks.
    this.#input.track.enabled = !value;
    if (value) this.clock.set(this.clock.read(), false);
    this.#tellPause();
    this.#on.changed();
  }

  #tellPause() {
    this.#socket.send({ type: this.#wantsPause ? "pause" : "resume" });
  }

  #end(reason, message = "") {
    if (this.#over) return;
    this.close();
    this.#on.ended({ reason, message });
  }
}
