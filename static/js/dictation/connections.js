import { Peer } from "app/dictation/peer";

/** @import { Answer, ClientMessage, OfferSettings, Ready } from "app/dictation/messages" */
/** @import { Input } from "app/dictation/microphone" */

/**
 * @typedef {object} ConnectionEvents
 * @property {(message: ClientMessage) => void} send - Something is to be sent to the server.
 * @property {() => void} failed - What was offered came to nothing.
 * @property {(ago: number) => void} silent - The sound that is sent stopped arriving, that many milliseconds before now.
 * @property {() => void} alive - It arrives again.
 */

// The server fails a connection that it cannot complete after 15 s; then nothing more is to be expected of it.
const OFFER_MS = 20000;

/**
 * The peer connections of a session, one after another: the one that carries the sound, and the one that is offered
 * to replace it. The first is closed once the second carries.
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

  /** The highest generation that is known, of this browser or another. */
  get gen() {
    return this.#gen;
  }

  set gen(value) {
    this.#gen = Math.max(this.#gen, value);
  }

  /** The generation that carries the sound, or 0. */
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
   * @param {Input} input
   * @param {OfferSettings} settings
   * @param {Ready} ready
   */
  async offer(input, settings, ready) {
    this.#gen += 1;
    const next = new Peer(this.#gen, input, ready, {
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
   * The server hears this generation: if it is the one that was offered, it takes over.
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
  async replaceTrack(track) {
    await Promise.all([this.#current?.replaceTrack(track), this.#next?.replaceTrack(track)]);
  }

  /** Takes back what is offered. */
  withdraw() {
    clearTimeout(this.#deadline);
    this.#next?.close();
    this.#next = null;
  }

  /** Gives up the one that carries the sound. */
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
