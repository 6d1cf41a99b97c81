import { Backoff } from "app/shared/backoff";
import { Preferences } from "app/shared/preferences";

/** @import { Connections } from "app/dictation/connections" */
/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { ListeningSettings, Ready, RoadName } from "app/dictation/messages" */
/** @import { Outages } from "app/dictation/outages" */
/** @import { RoadSwitch } from "app/dictation/road/switch" */

/**
 * @typedef {object} OfferEvents
 * @property {() => void} changed
 * @property {() => boolean} isHeard - Returns whether the server hears the sound.
 * @property {(at: number) => void} missed - Since then, on the session's clock, nothing has arrived: that is an outage.
 */

// A server that answers so takes the sound over another road, if over any.
const NO_ROAD = ["no_network", "road_closed"];

/** Offers connections for a sound until one carries it, over WebRTC or another road that gets through. */
export class Offers {
  /** Whether the sound is shared beside a microphone, as its second channel. */
  isShared = false;
  /** Whether the current connection cannot go on carrying what is to be sent. */
  isOutdated = false;
  /** What the server has said of itself; null while it cannot be reached. */
  /** @type {Ready | null} */
  ready = null;
  #connections;
  #outages;
  #on;
  #backoff = new Backoff({ first: 500, most: 4000 });
  // Null while the sound can go over WebRTC only.
  /** @type {RoadSwitch | null} */
  #roads = null;
  #areRoadsOpened = false;
  // Whether nothing is offered before the other road is there: WebRTC did not get through the last time.
  #isWaiting = false;
  #isOver = false;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {Connections} connections
   * @param {Outages} outages
   * @param {Sound} sound
   * @param {ListeningSettings} settings
   * @param {OfferEvents} on
   */
  constructor(connections, outages, sound, settings, on) {
    this.#connections = connections;
    this.#outages = outages;
    this.sound = sound;
    this.settings = settings;
    this.#on = on;
  }

  /** Whether all of the sound soon arrives over another road. */
  get isSwitching() {
    return this.#roads?.isSwitching === true;
  }

  /**
   * Offers a connection, unless one is being offered.
   * @param {RoadName} [road]
   */
  offer(road = this.#roads?.choice ?? "webrtc") {
    clearTimeout(this.#timer);
    if (this.#isOver || this.#isWaiting || this.#connections.isOffering || this.ready === null) return;
    const settings = {
      ...this.settings,
      ...(this.isShared && { shared: true }),
      ...(this.#outages.isTaped && { taped: true }),
    };
    this.#connections.offer(road, this.sound, settings, this.ready);
    this.#on.changed();
  }

  offerLater() {
    clearTimeout(this.#timer);
    this.#on.changed();
    if (this.#isOver || (this.#on.isHeard() && !this.isOutdated)) return;
    this.#timer = setTimeout(() => this.offer(), this.#backoff.next());
  }

  /** The sound goes over another connection than before. */
  carries() {
    this.isOutdated = false;
    this.#roads?.carries();
  }

  /** The sound arrives: the next failure is a new one. */
  reset() {
    this.#backoff.reset();
  }

  /**
   * Prepares another road beside WebRTC, if the server takes sound over one.
   * @param {string} url - Of the session's socket.
   * @param {RoadName[]} roads
   */
  async open(url, roads) {
    this.#roads?.allow(roads);
    if (this.#areRoadsOpened || !roads.includes("websocket")) return;
    this.#areRoadsOpened = true;
    this.#isWaiting = new Preferences().get("webrtc-blocked") !== null;
    this.#roads = this.#outages.roads = await import("app/dictation/road/switch").then(
      ({ RoadSwitch }) => RoadSwitch.open(url, roads, this.#connections, this, this.#on),
      () => null,
    );
    this.#isWaiting = false;
    // Where the server takes it over nothing else, this was waited for, too.
    if (!this.#on.isHeard()) this.offer();
  }

  /** @param {RoadName} road - The one over which no connection could be made. */
  failed(road) {
    if (this.#roads === null) this.offerLater();
    else this.#roads.failed(road);
  }

  /**
   * Tries another road if the server has refused the one that was offered. Returns whether it did.
   * @param {string} code - Of its error.
   */
  triesElsewhere(code) {
    const { offeredKind } = this.#connections;
    if (!offeredKind || !this.#areRoadsOpened || !NO_ROAD.includes(code)) return false;
    this.#connections.withdraw();
    this.failed(offeredKind);
    return true;
  }

  /** Offers nothing any more. */
  close() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#roads?.close();
  }
}
