import { RoadChoice } from "app/dictation/road/choice";
import { Road } from "app/dictation/road/road";

// What is said without a connection is no outage before so much time, if all of it can still be sent over another road.
const SWITCH_MS = 3000;

/** @import { Connections } from "app/dictation/connections" */
/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { RoadName } from "app/dictation/messages" */

/**
 * @typedef {object} RoadEvents
 * @property {() => boolean} isHeard - Returns whether the server hears the sound.
 * @property {(road: RoadName) => void} offer - A connection over this road is to be offered now.
 * @property {() => void} offerLater
 * @property {(at: number) => void} missed - Since then, on the session's clock, nothing has arrived: that is an outage.
 */

/** @typedef {{sound: Sound, isShared: boolean}} Sent - What is sent now. */

/** Leads the sound of a session over WebRTC, or over a WebSocket where that does not get through. */
export class RoadSwitch {
  #choice = new RoadChoice();
  #connections;
  #on;
  /** @type {number | undefined} */
  #timer;
  // Since when nothing has arrived, which is an outage unless another road carries the sound soon.
  /** @type {{at: number, timer: number} | null} */
  #missing = null;

  /**
   * @param {Connections} connections
   * @param {RoadEvents} on
   */
  constructor(connections, on) {
    this.#connections = connections;
    this.#on = on;
  }

  /**
   * Begins to record the sound for a WebSocket, if this browser can.
   * @param {string} url - Of the session's socket.
   * @param {Sent} sent
   */
  async open(url, sent) {
    const { sound, isShared } = sent;
    const road = await Road.open(url, sound, isShared).catch(() => null);
    this.#choice.canUseSocket = road !== null;
    if (road !== null) this.#connections.road = road;
    if (sent.sound !== sound) this.#connections.record(sent.sound, sent.isShared);
  }

  /** Which one is to be tried now; null while that is not known. */
  get choice() {
    return this.#choice.choice;
  }

  /** @param {RoadName[]} roads - Those that the server takes. */
  allow(roads) {
    this.#choice.allow(roads);
  }

  /**
   * No connection could be made over it.
   * @param {RoadName} road
   */
  failed(road) {
    const isHeard = this.#on.isHeard();
    if (isHeard && this.#connections.kind === "websocket") return this.#tryWebRtcLater();
    this.#choice.failed(road);
    if (this.choice !== road && !isHeard) this.#offer();
    else this.#on.offerLater();
  }

  /** Whether nothing arrives, but all of it soon will, over another road. */
  get isSwitching() {
    return this.#missing !== null;
  }

  /**
   * Nothing arrives any longer over the road that the sound takes. Returns whether that is no outage yet, since all that
   * is said can be sent over another one.
   * @param {number} ago - How many milliseconds before now the last sound arrived.
   * @param {number} clockMs - The session's clock.
   * @param {boolean} isMissed - Whether what is said is to be recorded, and is not missed anyway.
   */
  stopped(ago, clockMs, isMissed) {
    // A WebSocket that has ended is made again.
    if (this.#connections.kind === "webrtc") this.#choice.failed("webrtc");
    if (!this.#connections.isComplete(ago) || !isMissed) return false;
    this.#missing ??= {
      at: clockMs - Math.max(0, ago),
      timer: setTimeout(() => this.settle(false), SWITCH_MS),
    };
    return true;
  }

  /**
   * What was said while nothing arrived has come, or is missed.
   * @param {boolean} hasCome
   */
  settle(hasCome) {
    const missing = this.#missing;
    if (missing === null) return;
    clearTimeout(missing.timer);
    this.#missing = null;
    if (!hasCome) this.#on.missed(missing.at);
  }

  /** The sound goes over another connection than before. */
  carries() {
    const { kind } = this.#connections;
    if (kind === null) return;
    this.#choice.carries(kind);
    if (kind === "webrtc") this.rest();
    else this.#tryWebRtcLater();
  }

  /** Tries no other road. */
  rest() {
    clearTimeout(this.#timer);
  }

  close() {
    this.rest();
    clearTimeout(this.#missing?.timer);
  }

  #offer() {
    if (this.choice !== null) this.#on.offer(this.choice);
  }

  /** While the sound goes over a WebSocket, tries now and then whether it could go over WebRTC. */
  #tryWebRtcLater() {
    this.rest();
    if (!this.#choice.hasBoth) return;
    this.#timer = setTimeout(() => {
      const { kind, isOffering } = this.#connections;
      if (kind === "websocket" && this.#on.isHeard() && !isOffering) this.#on.offer("webrtc");
      else this.#tryWebRtcLater();
    }, this.#choice.retryMs());
  }
}
