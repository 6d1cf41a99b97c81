import { Peer } from "app/dictation/peer";

/** @import { Answer, ClientMessage, OfferSettings, Ready } from "app/dictation/messages" */
/** @import { Sound } from "app/dictation/held-microphone" */

/**
 * @typedef {object} ConnectionEvents
 * @property {(message: ClientMessage) => void} send - Sends a message to the server.
 * @property {() => void} failed - The connection that was offered could not be made.
 * @property {(ago: number) => void} silent - The server stopped receiving the sound `ago` milliseconds before now.
 * @property {() => void} alive - The server receives the sound again.
 */

// Longer than the 15 s after which the server itself gives up a connection that it cannot complete.
const OFFER_MS = 20000;

/**
 * The peer connections of a session: the current one, which carries the sound, and the next one while it is being
 * offered. The current one is closed as soon as the next one carries the sound.
 */
export class Connections {
  #on;
  #gen = 0;
  /** @type {Peer | null} */
  #current = null;
  /** @type {Peer | null} */
  #next = null;
  /** @type {number | undefined} */
  #deadline;

  /** @param {ConnectionEvents} on */
  constructor(on) {
    this.#on = on;
  }

  /** The highest generation known for the session, whether this browser offered it or another. */
  get gen() {
    return this.#gen;
  }

  set gen(value) {
    this.#gen = Math.max(this.#gen, value);
  }

  /** The generation of the connection that carries the sound, or 0 if there is none. */
  get currentGen() {
    return this.#current?.gen ?? 0;
  }

  get isAlive() {
    return this.#current?.isAlive ?? false;
  }

  get isOffering() {
    return this.#next !== null;
  }

  /**
   * @param {Sound} sound
   * @param {OfferSettings} settings
   * @param {Ready} ready
   */
  async offer(sound, settings, ready) {
    this.#gen += 1;
    const next = new Peer(this.#gen, sound, ready, {
      send: (message) => this.#on.send(message),
      lost: () => this.#lost(next),
      silent: (ago) => next === this.#current && this.#on.silent(ago),
      alive: () => next === this.#current && this.#on.alive(),
    });
    this.#next = next;
    this.#deadline = setTimeout(() => this.#fail(next), OFFER_MS);
    await next.offer(settings).catch(() => this.#fail(next));
  }

  /** @param {Answer} answer */
  async answer({ gen, sdp }) {
    const next = this.#next;
    if (next?.gen === gen) await next.answer(sdp).catch(() => this.#fail(next));
  }

  /**
   * Makes the offered connection the current one, if it has this generation, which the server now receives.
   * @param {number} gen
   */
  promote(gen) {
    if (this.#next?.gen !== gen) return false;
    clearTimeout(this.#deadline);
    this.#current?.close();
    this.#current = this.#next;
    this.#next = null;
    return true;
  }

  /** @param {MediaStreamTrack} track */
  replaceTrack(track) {
    this.#current?.replaceTrack(track);
    this.#next?.replaceTrack(track);
  }

  /** Closes the connection that is being offered. */
  withdraw() {
    clearTimeout(this.#deadline);
    this.#next?.close();
    this.#next = null;
  }

  /** Closes the connection that carries the sound. */
  drop() {
    this.#current?.close();
    this.#current = null;
  }

  close() {
    this.withdraw();
    this.drop();
  }

  /** @param {Peer} peer */
  #fail(peer) {
    if (peer !== this.#next) return;
    this.withdraw();
    this.#on.failed();
  }

  /** @param {Peer} peer */
  #lost(peer) {
    if (peer === this.#next) return this.#fail(peer);
    if (peer !== this.#current) return;
    this.drop();
    this.#on.silent(0);
  }
}
