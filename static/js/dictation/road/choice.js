import { Backoff } from "app/shared/backoff";

/** @import { RoadName } from "app/dictation/messages" */

// A connection over WebRTC that has carried the sound for so long is as good as any.
const STEADY_MS = 60_000;
const SOON_MS = 500;

/**
 * Decides over which road the sound goes: WebRTC first, a WebSocket where that does not get through, and then WebRTC
 * again as soon as it does. Times are those of `performance.now()`.
 */
export class RoadChoice {
  /** @type {RoadName[]} */
  #allowed = ["webrtc"];
  /** Whether this browser can send sound over a WebSocket; null while that is not known. */
  /** @type {boolean | null} */
  #canUseSocket = null;
  /** @type {RoadName} */
  #next;
  // Whether it begins with a WebSocket, and WebRTC was not tried beside it.
  #isUntried;
  #backoff;
  #carriedAt = 0;

  /**
   * @param {object} [options]
   * @param {Backoff} [options.backoff]
   * @param {boolean} [options.isBlocked] - Whether WebRTC did not get through the last time: then the sound does not wait
   *   for it.
   */
  constructor({ backoff = new Backoff({ first: 10_000, most: 300_000 }), isBlocked = false } = {}) {
    this.#backoff = backoff;
    this.#isUntried = isBlocked;
    this.#next = isBlocked ? "websocket" : "webrtc";
  }

  /** @param {RoadName[]} roads - Those that the server takes. */
  allow(roads) {
    this.#allowed = roads;
  }

  /** @param {boolean} value */
  set canUseSocket(value) {
    this.#canUseSocket = value;
  }

  /** Whether both can be used. */
  get hasBoth() {
    return this.#canUseSocket === true && this.#allowed.length > 1;
  }

  /** Which one is to be tried now; null while that is not known. */
  get choice() {
    if (this.hasBoth) return this.#next;
    if (this.#allowed.includes("webrtc") || this.#canUseSocket === false) return "webrtc";
    return this.#canUseSocket ? "websocket" : null;
  }

  /**
   * It could not be used, or does not carry any longer.
   * @param {RoadName} road
   */
  failed(road, now = performance.now()) {
    if (road === "webrtc" && this.#carriedAt && now - this.#carriedAt > STEADY_MS) this.#backoff.reset();
    this.#carriedAt = 0;
    this.#next = road === "webrtc" ? "websocket" : "webrtc";
  }

  /**
   * It carries the sound.
   * @param {RoadName} road
   */
  carries(road, now = performance.now()) {
    this.#next = road;
    this.#carriedAt = road === "webrtc" ? now : 0;
  }

  /** In how many milliseconds WebRTC is to be tried beside the WebSocket. */
  retryMs() {
    return this.#isUntried ? SOON_MS : this.#backoff.next();
  }

  /** WebRTC is tried beside the WebSocket. */
  retries() {
    this.#isUntried = false;
  }
}
