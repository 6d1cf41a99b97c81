import { RoadChoice } from "app/dictation/road/choice";
import { Road } from "app/dictation/road/road";

/** @import { Connections } from "app/dictation/connections" */
/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { RoadName } from "app/dictation/messages" */

/**
 * @typedef {object} RoadEvents
 * @property {() => boolean} isHeard - Returns whether the server hears the sound.
 * @property {(road: RoadName) => void} offer - A connection over this road is to be offered now.
 * @property {() => void} offerLater
 */

/** @typedef {{sound: Sound, isShared: boolean}} Sent */

/** Leads the sound of a session over WebRTC, or over a WebSocket where that does not get through. */
export class RoadSwitch {
  #choice = new RoadChoice();
  #connections;
  #on;
  /** @type {number | undefined} */
  #timer;

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
   * @param {() => Sent} sent - Returns what is sent.
   */
  async open(url, sent) {
    const { sound, isShared } = sent();
    const road = await Road.open(url, sound, isShared).catch(() => null);
    this.#choice.canUseSocket = road !== null;
    if (road !== null) this.#connections.road = road;
    const now = sent();
    if (now.sound !== sound) this.#connections.record(now.sound, now.isShared);
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

  /** Nothing arrives any longer over the road that the sound takes. */
  stopped() {
    // A WebSocket that has ended is made again.
    if (this.#connections.kind === "webrtc") this.#choice.failed("webrtc");
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
