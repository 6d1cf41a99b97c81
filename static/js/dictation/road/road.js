import { Recorder } from "app/dictation/road/recorder";
import { TICKS_A_MS } from "app/dictation/road/ring";
import { SocketPeer } from "app/dictation/road/socket-peer";

/** @import { Sound } from "app/dictation/held-microphone" */
/** @import { SocketPeerEvents } from "app/dictation/road/socket-peer" */

// What the server has heard over another road is sent again from so much earlier, so that it finds the place by the sound.
const OVERLAP_TICKS = 4000 * TICKS_A_MS;
const PATH = "sound/";

/** The way of the sound over WebSockets: records it all the time, so that nothing is missing when it is needed. */
export class Road {
  recorder = new Recorder();
  // Up to where the server has heard over this road, on the recorder's clock; null if another was the last.
  /** @type {number | null} */
  #socketHeard = null;
  // Up to where it has heard over another one; 0 before it has heard anything.
  #otherHeard = 0;
  /** @type {Set<SocketPeer>} */
  #peers = new Set();

  /** @param {string} url - Of the session's socket. */
  constructor(url) {
    this.url = url + PATH;
    this.recorder.onadded = () => {
      for (const peer of this.#peers) peer.send();
    };
  }

  /**
   * Rejects where the browser cannot do it.
   * @param {string} url
   * @param {Sound} sound
   * @param {boolean} isShared - Whether the sound has two channels.
   */
  static async open(url, sound, isShared) {
    const road = new Road(url);
    await road.record(sound, isShared);
    return road;
  }

  /** @param {number} position */
  set heardUntil(position) {
    this.#socketHeard = position;
  }

  /** Where a new connection begins. */
  get from() {
    const { ring, now } = this.recorder;
    // What is not there any longer is left to the tape, and all that was said behind it as well.
    if (!this.isComplete) return now;
    return this.#socketHeard ?? Math.max(ring.start, this.#otherHeard - OVERLAP_TICKS);
  }

  /** Whether nothing is missing of what the server has not heard. */
  get isComplete() {
    return (this.#socketHeard ?? this.#otherHeard) >= this.recorder.ring.start;
  }

  /**
   * The server hears over another road, or heard the last sound so many milliseconds ago.
   * @param {number} ago
   */
  heardElsewhere(ago) {
    this.#socketHeard = null;
    this.#otherHeard = Math.max(0, this.recorder.now - ago * TICKS_A_MS);
  }

  /**
   * @param {Sound} sound
   * @param {boolean} isShared
   */
  record(sound, isShared) {
    return this.recorder.record(sound, isShared ? 2 : 1);
  }

  /**
   * @param {number} gen
   * @param {SocketPeerEvents} on
   */
  peer(gen, on) {
    const peer = new SocketPeer(gen, this, on);
    this.#peers.add(peer);
    return peer;
  }

  /** @param {SocketPeer} peer */
  remove(peer) {
    this.#peers.delete(peer);
  }

  close() {
    for (const peer of this.#peers) peer.close();
    this.recorder.close();
  }
}
