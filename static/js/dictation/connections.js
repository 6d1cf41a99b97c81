import { Peer } from "app/dictation/peer";

// The server fails a connection that it cannot complete after 15 s; then nothing more is to be expected of it.
const OFFER_MS = 20000;

/**
 * The peer connections of a session, one after another: the one that carries the sound, and the one that is offered
 * to replace it. The first is closed once the second carries.
 *
 * Callbacks: `send(message)` for the server; `failed()` when what was offered came to nothing; `silent(ago)` and
 * `alive()` when the sound that is sent stops arriving, `ago` milliseconds before now, or arrives again.
 */
export class Connections {
  #on;
  #gen = 0;
  #current = null;
  #next = null;
  #deadline = null;

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

  async offer(input, settings, ready) {
    this.#gen += 1;
    const next = new Peer({
      gen: this.#gen,
      stream: input.stream,
      track: input.track,
      ready,
      on: {
        send: (message) => this.#on.send(message),
        lost: () => this.#lost(next),
        alive: (alive, ago) => this.#heard(next, alive, ago),
      },
    });
    this.#next = next;
    this.#deadline = setTimeout(() => this.#fail(next), OFFER_MS);
    await this.#attempt(next, () => next.offer(settings));
  }

  async answer({ gen, sdp }) {
    const next = this.#next;
    if (next?.gen === gen) await this.#attempt(next, () => next.answer(sdp));
  }

  /** The server hears this generation: if it is the one that was offered, it takes over. */
  promote(gen) {
    if (this.#next?.gen !== gen) return false;
    clearTimeout(this.#deadline);
    this.#current?.close();
    this.#current = this.#next;
    this.#next = null;
    return true;
  }

  async replaceTrack(track) {
    const peers = [this.#current, this.#next].filter((peer) => peer !== null);
    await Promise.all(peers.map((peer) => peer.replaceTrack(track)));
  }

  withdraw() {
    clearTimeout(this.#deadline);
    this.#next?.close();
    this.#next = null;
  }

  drop() {
    this.#current?.close();
    this.#current = null;
  }

  close() {
    this.withdraw();
    this.drop();
  }

  async #attempt(peer, work) {
    try {
      await work();
    } catch {
      this.#fail(peer);
    }
  }

  #fail(peer) {
    if (peer !== this.#next) return;
    this.withdraw();
    this.#on.failed();
  }

  #lost(peer) {
    if (peer === this.#next) return this.#fail(peer);
    if (peer !== this.#current) return;
    this.drop();
    this.#on.silent(0);
  }

  #heard(peer, alive, ago) {
    if (peer !== this.#current) return;
    if (alive) this.#on.alive();
    else this.#on.silent(ago);
  }
}
