import { RoadChoice } from "app/dictation/road/choice";
import { Road } from "app/dictation/road/road";
import { Preferences } from "app/shared/preferences";

// What is said without a connection is no outage before so much time, if all of it can still be sent over another road.
const SWITCH_MS = 3000;
// So long it counts that WebRTC did not get through.
const BLOCKED_MS = 86_400_000;

/** @import { Connections } from "app/dictation/connections" */
/** @import { RoadName } from "app/dictation/messages" */
/** @import { Offers, OfferEvents } from "app/dictation/offers" */

/** Leads the sound of a session over WebRTC, or over a WebSocket where that does not get through. */
export class RoadSwitch {
  #choice;
  #connections;
  #offers;
  #on;
  /** @type {number | undefined} */
  #timer;
  // Since when nothing has arrived, which is an outage unless another road carries the sound soon.
  /** @type {{at: number, timer: number} | null} */
  #missing = null;

  /**
   * @param {RoadChoice} choice
   * @param {Connections} connections
   * @param {Offers} offers
   * @param {OfferEvents} on
   */
  constructor(choice, connections, offers, on) {
    this.#choice = choice;
    this.#connections = connections;
    this.#offers = offers;
    this.#on = on;
  }

  /**
   * Begins to record the sound that is offered for a WebSocket, if this browser can.
   * @param {string} url - Of the session's socket.
   * @param {RoadName[]} roads - Those on which the server takes sound.
   * @param {Connections} connections
   * @param {Offers} offers
   * @param {OfferEvents} on
   */
  static async open(url, roads, connections, offers, on) {
    const blockedAt = Number(new Preferences().get("webrtc-blocked"));
    const choice = new RoadChoice({ isBlocked: Date.now() - blockedAt < BLOCKED_MS });
    const { sound, isShared } = offers;
    const road = await Road.open(url, sound, isShared).catch(() => null);
    choice.allow(roads);
    choice.canUseSocket = road !== null;
    if (road !== null) connections.road = road;
    if (offers.sound !== sound) connections.record(offers.sound, offers.isShared);
    return new RoadSwitch(choice, connections, offers, on);
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
    else this.#offers.offerLater();
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
    new Preferences().set("webrtc-blocked", kind === "webrtc" ? null : String(Date.now()));
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
    if (this.choice !== null) this.#offers.offer(this.choice);
  }

  /** While the sound goes over a WebSocket, tries now and then whether it could go over WebRTC. */
  #tryWebRtcLater() {
    this.rest();
    if (!this.#choice.hasBoth) return;
    this.#timer = setTimeout(() => {
      const { kind, isOffering } = this.#connections;
      if (kind !== "websocket" || !this.#on.isHeard() || isOffering) return this.#tryWebRtcLater();
      this.#choice.retries();
      this.#offers.offer("webrtc");
    }, this.#choice.retryMs());
  }
}
