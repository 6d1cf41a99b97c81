import { Backoff } from "app/shared/backoff";
import { SessionClock } from "app/shared/clock";
import { Connections } from "app/dictation/connections";
import { gettext } from "app/shared/i18n";
import { Outage } from "app/dictation/outage";
import { SessionSocket } from "app/dictation/socket";

// The last words leave the browser's own buffers before the connection is closed.
const LINGER_MS = 500;
const FLUSH_MS = 10000;
// Longer than this without a word from the server, and its socket may be dead without knowing.
const DOUBT_MS = 4000;
const SYNC_MS = 2000;
// A worker that still lives goes on with the words that are open, or saves them, well within this time.
const ORPHAN_MS = 8000;

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
const CLOSED = {
  4401: gettext("You are logged out. Log in again."),
  4404: gettext("There is no such dictation."),
};
const AWAY = gettext("The server cannot be reached. Nothing is being recorded.");

/**
 * One session on the air: its socket, its peer connections, and what to do when either fails.
 *
 * Callbacks:
 * - `changed()`: `state`, `outage` or `trouble` may be another;
 * - `text(message)`: a partial, a final, or what was recovered;
 * - `said(sentence)`: something went wrong that changes nothing else;
 * - `ended({reason, message})`: over for good; reason is that of the server, `refused`, `taken` or `unconfirmed`;
 * - `orphaned(since)`: words that are open and untouched since that moment (of `performance.now()`) went down with
 *   a worker; returns the session's time from which on words are lost for good, or null;
 * - `lastSeq()`: asks for the highest seq up to which all finals are here.
 */
export class LiveSession {
  clock = new SessionClock();
  #on;
  #input;
  #settings;
  #socket;
  #connections;
  #ready = null;
  #media = "connecting";
  #wasLive = false;
  #wantsPause = false;
  #stopping = false;
  #over = false;
  #outage = new Outage();
  #trouble = "";
  #failures = 0;
  #workerLost = false;
  #dropTimer = null;
  #backoff = new Backoff({ first: 500, most: 10000 });
  #retry = null;
  #flush = null;
  #synced = -Infinity;

  /** `settings` are those of an offer: the language, and how to listen. */
  constructor({ url, input, settings, isPaused = false, on }) {
    this.#on = on;
    this.#input = input;
    this.#settings = settings;
    this.#wantsPause = isPaused;
    this.#input.track.enabled = !isPaused;
    this.#connections = new Connections({
      send: (message) => this.#socket.send(message),
      failed: () => this.#later(),
      silent: (ago) => this.#silent(ago),
      alive: () => this.#alive(),
    });
    this.#socket = new SessionSocket(url, {
      open: () => {},
      message: (message) => this.#hear(message),
      drop: () => this.#dropped(),
      refused: (code) => this.#end("refused", CLOSED[code]),
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
    return this.#outage.value;
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
    await this.#connections.replaceTrack(input.track);
  }

  /** Goes on with other settings: the server takes them with the next connection. */
  adjust(settings) {
    this.#settings = settings;
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
    for (const timer of [this.#retry, this.#flush, this.#dropTimer]) clearTimeout(timer);
    this.#socket.close();
    this.#connections.close();
  }

  get #isHeard() {
    return this.#connections.isAlive && (this.#media === "live" || this.#media === "paused");
  }

  #hear(message) {
    switch (message.type) {
      case "ready":
        return this.#began(message);
      case "answer":
        return this.#connections.answer(message);
      case "media":
        return this.#mediaChanged(message);
      case "partial":
      case "final":
      case "recovered":
        return this.#on.text(message);
      case "error":
        return this.#failed(message);
    }
  }

  #began(ready) {
    this.#ready = ready;
    this.#trouble = "";
    this.#connections.gen = ready.gen;
    this.clock.set(ready.clock_ms, ready.state === "live" || ready.state === "lost");
    if (ready.state === "ended") return this.#end(this.#stopping ? "stopped" : "gone");
    this.#synced = -Infinity;
    if (this.#wasLive || ready.last_seq > this.#on.lastSeq()) this.sync();
    if (this.#stopping) return this.#socket.send({ type: "stop" });
    const { isAlive, isOffering, currentGen } = this.#connections;
    if (isAlive && !isOffering && ready.gen > currentGen) return this.#end("taken");
    this.#agreeOnPause(ready.state === "paused");
    if (ready.state === "lost" && this.#wasLive) this.#loseMedia("worker_lost");
    // An offer that went out on the old socket may have been answered to nobody.
    this.#connections.withdraw();
    if (isAlive && (ready.state === "live" || ready.state === "paused")) this.#on.changed();
    else this.#offer();
  }

  #dropped() {
    this.#ready = null;
    if (!this.#wasLive) this.#trouble = AWAY;
    this.#on.changed();
  }

  #offer() {
    clearTimeout(this.#retry);
    if (this.#over || this.#stopping || this.#connections.isOffering || this.#ready === null) return;
    this.#connections.offer(this.#input, this.#settings, this.#ready);
    this.#on.changed();
  }

  #mediaChanged({ state, gen, clock_ms, reason }) {
    if (state === "ended") {
      this.clock.set(clock_ms, false);
      return this.#end(reason || "stopped");
    }
    // Another window offered a connection of its own: two would take the session from each other for ever.
    if (gen > this.#connections.gen) return this.#end("taken");
    if (state === "connecting") return;
    const isHeard = state === "live" || state === "paused";
    if (isHeard && this.#connections.promote(gen) && this.#wasLive) this.#dropUnsavedLater();
    if (this.#connections.currentGen !== gen) return;
    this.#media = state;
    if (isHeard) this.#heard(state, clock_ms);
    else this.#silent(this.clock.read() - clock_ms);
    this.#on.changed();
  }

  #heard(state, clockMs) {
    this.clock.set(clockMs, state === "live");
    this.#backoff.reset();
    this.#wasLive = true;
    this.#trouble = "";
    this.#failures = 0;
    if (this.#isHeard) this.#outage.end(this.clock.read());
    if (!this.#stopping) this.#agreeOnPause(state === "paused");
  }

  #failed({ code, message, retryable }) {
    const { isOffering } = this.#connections;
    if (FATAL.includes(code)) return this.#end("refused", message);
    if (HARMLESS.includes(code) || code === "restarting") return;
    if (code === "sound_not_kept") return this.#on.soundLost(message);
    if (code === "stale_gen") {
      if (isOffering) this.#socket.reopen();
      return;
    }
    if (!retryable) return isOffering ? this.#end("refused", message) : this.#on.said(message);
    if (code === "worker_lost" || code === "media_lost") {
      this.#loseMedia(code);
    } else if (isOffering || !this.#wasLive) {
      // On the way to another worker the first refusal means little: the lost one is still being waited for.
      this.#failures += 1;
      if (!this.#wasLive || this.#failures > 1) this.#trouble = message;
    }
    this.#connections.withdraw();
    this.#later();
  }

  /** The sound stopped arriving, `ago` milliseconds before now. */
  #silent(ago) {
    this.#lose(ago);
    this.#reach();
    this.#on.changed();
  }

  #alive() {
    if (this.#isHeard) this.#outage.end(this.clock.read());
    this.#on.changed();
  }

  /** A new connection, and first a new socket when the one at hand may be dead as well. */
  #reach() {
    if (this.#stopping || this.#connections.isOffering) return;
    if (this.#socket.isOpen && this.#socket.silentFor < DOUBT_MS) this.#offer();
    else if (this.#socket.isOpen) this.#socket.reopen();
  }

  #later() {
    clearTimeout(this.#retry);
    this.#on.changed();
    if (this.#over || this.#stopping || this.#isHeard) return;
    this.#retry = setTimeout(() => this.#offer(), this.#backoff.next());
  }

  #lose(ago = 0) {
    if (this.#wantsPause || this.#stopping || !this.#wasLive) return;
    this.#outage.begin(this.clock.read() - Math.max(0, ago));
  }

  #loseMedia(code) {
    this.#lose();
    this.#workerLost ||= code === "worker_lost";
    this.#media = "connecting";
    this.#connections.drop();
  }

  /** Perhaps another worker goes on: what the lost one had heard and not saved is then not going to come. */
  #dropUnsavedLater() {
    const since = performance.now();
    clearTimeout(this.#dropTimer);
    this.#dropTimer = setTimeout(
      () => {
        const from = this.#on.orphaned(since);
        if (from === null) return;
        this.#outage.reachBack(from);
        this.#on.changed();
      },
      this.#workerLost ? 0 : ORPHAN_MS,
    );
    this.#workerLost = false;
  }

  /** The server is told what the speaker wants; a page that has just come takes over what was wanted before. */
  #agreeOnPause(isPaused) {
    if (isPaused === this.#wantsPause) return;
    if (this.#wasLive) this.#tellPause();
    else if (isPaused) this.#holdSound(true);
  }

  #holdSound(held) {
    this.#wantsPause = held;
    // Not a sample of what is said in a pause leaves the browser, whatever the server thinks.
    this.#input.track.enabled = !held;
  }

  #setPaused(value) {
    if (this.#stopping || this.#wantsPause === value) return;
    this.#holdSound(value);
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
