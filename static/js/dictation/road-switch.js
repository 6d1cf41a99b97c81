import { RoadChoice } from "app/dictation/road-choice";

/** @import { Connections } from "app/dictation/connections" */
/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { RoadName } from "app/dictation/messages" */

/**
 * @typedef {object} RoadEvents
 * @property {() => boolean} isHeard - Returns whether the server hears the sound.
 * @property {(road: RoadName) => void} offer - A connection over this road is to be offered now.
 * @property {() => void} offerLater
 */

/** Leads the sound of a session over WebRTC, or over a WebSocket where that does not get through. */
export class RoadSwitch {
  #choice = new RoadChoice();
  #url;
  #connections;
  #on;
  #isAsked = false;
  #isClosed = false;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {string} url - Of the session's socket.
   * @param {Connections} connections
   * @param {RoadEvents} on
   */
  constructor(url, connections, on) {
    this.#url = url;
    this.#connections = connections;
    this.#on = on;
  }

  /** Which one is to be tried now; null while that is not known. */
  get choice() {
    return this.#choice.choice;
  }

  /**
   * @param {RoadName[]} roads - Those that the server takes.
   * @param {() => {sound: Sound, isShared: boolean}} sent - Returns what is sent.
   */
  async allow(roads, sent) {
    this.#choice.allow(roads);
    if (this.#isAsked || !this.#choice.isSocketAllowed) return;
    this.#isAsked = true;
    const { sound, isShared } = sent();
    const road = await import("app/dictation/road/road")
      .then(({ Road }) => Road.open(this.#url, sound, isShared))
      .catch(() => null);
    if (this.#isClosed) return road?.close();
    this.#choice.canUseSocket = road !== null;
    if (road !== null) this.#connections.road = road;
    const now = sent();
    if (now.sound !== sound) this.#connections.record(now.sound, now.isShared);
    // Where the server takes it over nothing else, this was waited for.
    if (!this.#on.isHeard()) this.#offer();
  }

  /**
   * Whether a connection that was refused with this code is to be tried over another road.
   * @param {string} code
   */
  isRefusal(code) {
    return this.#choice.isSocketAllowed && ["no_network", "road_closed"].includes(code);
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

  close() {
    this.#isClosed = true;
    this.rest();
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
