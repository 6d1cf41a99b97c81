import { Connections } from "app/dictation/connections";
import { SessionSocket } from "app/dictation/socket";
import { Backoff } from "app/shared/backoff";
import { SessionClock } from "app/shared/clock";
import { gettext } from "app/shared/i18n";

/** @import * as messages from "app/dictation/messages" */
/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { Speaker } from "app/shared/names" */

/**
 * @typedef {"off" | "connecting" | "live" | "reconnecting"} DeviceSound - Of the microphone: `live` if it is heard.
 *
 * @typedef {object} DeviceEvents
 * @property {() => void} changed - `sound`, `isOnline` or `trouble` may have changed.
 * @property {(message: messages.TextMessage) => void} text
 * @property {(speakers: Speaker[]) => void} names - Those who speak are called so from now on.
 * @property {() => void} lost - The words that are not saved yet will not come: their worker is gone.
 * @property {(sentence: string) => void} over - The dictation has ended, or this device is not part of it any more.
 * @property {() => number} lastSeq - Returns the highest seq up to which the page has all finals.
 */

const SYNC_MS = 2000;
// After these the connection is gone, or soon is.
const GONE = ["worker_lost", "worker_leaves", "media_lost"];

/** The part that a second device has in a dictation: its socket, and the connection that carries its microphone. */
export class DeviceConnection {
  clock = new SessionClock();
  /** What the server says is wrong, or an empty string. */
  trouble = "";
  isMuted = false;
  #on;
  #socket;
  #connections;
  #backoff = new Backoff({ first: 500, most: 4000 });
  /** @type {messages.Ready | null} */
  #ready = null;
  /** @type {Sound | null} */
  #sound = null;
  #isHeard = false;
  #wasHeard = false;
  #isOver = false;
  #syncedAt = -Infinity;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {string} url - The address of the device's WebSocket.
   * @param {DeviceEvents} on
   */
  constructor(url, on) {
    this.#on = on;
    this.#connections = new Connections({
      send: (message) => this.#socket.send(message),
      failed: () => this.#offerLater(),
      silent: () => this.#lostSound(),
      alive: () => on.changed(),
      clock: () => {},
      refused: (error) => this.#refused(error),
    });
    this.#socket = new SessionSocket(url, {
      message: (message) => this.#handle(message),
      dropped: () => {
        this.#ready = null;
        on.changed();
      },
      refused: () => this.#end(this.trouble || gettext("This phone is not part of the dictation any longer.")),
    });
  }

  /** Whether the text comes as it is said. */
  get isOnline() {
    return this.#ready !== null;
  }

  /** @returns {DeviceSound} */
  get sound() {
    if (this.#sound === null) return "off";
    if (this.#isHeard && this.#connections.isAlive && this.isOnline) return "live";
    return this.#wasHeard ? "reconnecting" : "connecting";
  }

  /**
   * Sends a microphone from now on.
   * @param {Sound} sound - Closed by the caller.
   */
  begin(sound) {
    this.#sound = sound;
    this.#wasHeard = false;
    this.isMuted = false;
    this.#offer();
  }

  /** Sends no microphone any more; the text still comes. */
  end() {
    this.#sound = null;
    this.#isHeard = false;
    clearTimeout(this.#timer);
    this.#connections.withdraw();
    this.#connections.drop();
    this.#on.changed();
  }

  /** @param {boolean} isMuted */
  mute(isMuted) {
    this.isMuted = isMuted;
    // No sound leaves the device, whatever the server does.
    if (this.#sound) this.#sound.track.enabled = !isMuted;
    this.#sendMuted();
    this.#on.changed();
  }

  /** Takes this device out of the dictation, which goes on. */
  leave() {
    this.#socket.send({ type: "stop" });
  }

  /** Asks the server for the missing finals. */
  sync() {
    const now = performance.now();
    if (now - this.#syncedAt < SYNC_MS) return;
    this.#syncedAt = now;
    this.#socket.send({ type: "sync", after_seq: this.#on.lastSeq() });
  }

  close() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#connections.close();
    this.#socket.close();
  }

  /** @param {messages.ServerMessage} message */
  #handle(message) {
    switch (message.type) {
      case "ready":
        return this.#begun(message);
      case "answer":
        return this.#connections.answer(message);
      case "media":
        return this.#media(message);
      case "partial":
      case "final":
      case "recovered":
        return this.#on.text(message);
      case "names":
        return this.#on.names(message.speakers);
      case "error":
        return this.#refused(message);
    }
  }

  /** @param {messages.Ready} ready */
  #begun(ready) {
    this.#ready = ready;
    this.trouble = "";
    this.#connections.gen = ready.gen;
    this.clock.set(ready.clock_ms, ready.state === "live");
    this.#syncedAt = -Infinity;
    this.sync();
    if (ready.state === "ended") return this.#end(gettext("The dictation has ended."));
    // The answer to an offer that was sent on the old socket may have been lost with it.
    this.#connections.withdraw();
    if (!this.#connections.isAlive) this.#offer();
    this.#on.changed();
  }

  /** @param {messages.Media} media */
  #media({ source, state, gen, clock_ms }) {
    if (!source) return state === "ended" ? this.#end(gettext("The dictation has ended.")) : undefined;
    if (gen > this.#connections.gen) return this.#end(gettext("This phone has joined in another tab."));
    if (state === "connecting") return;
    const isHeard = state === "live" || state === "paused";
    if (isHeard && this.#connections.promote(gen)) {
      this.#backoff.reset();
      if (this.isMuted) this.#sendMuted();
    }
    if (this.#connections.currentGen !== gen) return;
    this.clock.set(clock_ms, state === "live");
    this.#isHeard = isHeard;
    this.#wasHeard ||= isHeard;
    if (isHeard) this.trouble = "";
    else this.#lostSound();
    this.#on.changed();
  }

  /** @param {messages.ServerError} error */
  #refused({ code, message, retryable }) {
    if (code === "stale_gen") return this.#socket.reopen();
    if (code === "worker_lost" || code === "worker_leaves") this.#on.lost();
    const isOffering = this.#connections.isOffering || GONE.includes(code);
    // A socket that is closed next says no more than that it is.
    if (isOffering || code === "not_joined") this.trouble = message;
    if (GONE.includes(code)) this.#connections.drop();
    if (isOffering && retryable) this.#offerLater();
    else if (isOffering) this.end();
    this.#on.changed();
  }

  #lostSound() {
    this.#isHeard = false;
    this.#offerLater();
  }

  #offer() {
    clearTimeout(this.#timer);
    if (this.#isOver || !this.#sound || !this.#ready || this.#connections.isOffering) return;
    // How to listen is for the page to say that began the dictation.
    /** @type {messages.OfferSettings} */
    const settings = {};
    this.#connections.offer("webrtc", this.#sound, settings, this.#ready);
    this.#on.changed();
  }

  #offerLater() {
    clearTimeout(this.#timer);
    this.#connections.withdraw();
    if (!this.#isOver) this.#timer = setTimeout(() => this.#offer(), this.#backoff.next());
    this.#on.changed();
  }

  #sendMuted() {
    if (this.#connections.currentGen) this.#socket.send({ type: this.isMuted ? "pause" : "resume" });
  }

  /** @param {string} sentence */
  #end(sentence) {
    if (this.#isOver) return;
    this.close();
    this.#on.over(sentence);
  }
}
