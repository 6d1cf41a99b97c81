import { unpack } from "app/dictation/tape/block";
import { oggOpus } from "app/dictation/tape/ogg";
import { PACKET_MS } from "app/dictation/tape/opus";
import { wav } from "app/dictation/tape/wav";
import { Backoff } from "app/shared/backoff";
import { ask, encoded, isAbort, RequestError } from "app/shared/requests";

/** @import { Key } from "app/dictation/tape/key" */
/** @import { Block, Extent, Stored, TapeStore } from "app/dictation/tape/store" */

// The server takes a minute.
const LONGEST_MS = 55_000;
// Pieces overlap by so many blocks, so that a word between two of them is whole in one.
const OVERLAP = 2;
// A hole between two blocks: what is behind it is another piece.
export const HOLE_MS = 500;
// The server takes these never, or not from whoever asks.
const REFUSED = [400, 410, 413];
const NOT_NOW = [401, 403, 404];

/**
 * Whether the server will never take it.
 * @param {unknown} error
 */
export function isRefusal(error) {
  return error instanceof RequestError && REFUSED.includes(error.status);
}

/** Delivers blocks of sound to the server, in pieces and in order. */
export class Delivery {
  #store;
  #key;
  #url;
  #backoff = new Backoff({ first: 1000, most: 30_000 });
  #closed = new AbortController();

  /**
   * @param {TapeStore} store
   * @param {Key} key
   * @param {string} url - Of the session.
   */
  constructor(store, key, url) {
    this.#store = store;
    this.#key = key;
    this.#url = url;
  }

  /**
   * Delivers blocks, which stay in the store. Returns whether the server has them, or will never take them; false if it
   * takes none from this page now, or after `close`.
   * @param {Stored[]} blocks
   */
  async send(blocks) {
    const ordered = [...blocks].sort((one, other) => one.start_ms - other.start_ms);
    try {
      for (const piece of pieces(ordered)) {
        const found = await this.#store.get(piece.map(({ id }) => id));
        for (const part of pieces(found)) await this.#sendPiece(part);
      }
      return true;
    } catch (error) {
      if (isAbort(error) || (error instanceof RequestError && NOT_NOW.includes(error.status))) return false;
      throw error;
    }
  }

  close() {
    this.#closed.abort();
  }

  /** @param {Block[]} piece */
  async #sendPiece(piece) {
    const packets = [];
    for (const block of piece) {
      // One that was encrypted before the password changed is lost, and so is the place of those behind it.
      const bytes = await this.#key.decrypt(block).catch(() => null);
      if (bytes === null) return;
      packets.push(...unpack(bytes));
    }
    const start_ms = Math.max(0, Math.round(piece[0].start_ms));
    const times = { start_ms, end_ms: start_ms + packets.length * PACKET_MS };
    const url = `${this.#url}?${encoded(Object.entries({ id: crypto.randomUUID(), ...times }))}`;
    const body = piece[0].isPcm ? wav(packets) : oggOpus(packets);
    const { signal } = this.#closed;
    for (;;) {
      try {
        await ask(url, { method: "POST", body, signal });
        return this.#backoff.reset();
      } catch (error) {
        if (isRefusal(error)) return;
        if (!(error instanceof RequestError) || NOT_NOW.includes(error.status)) throw error;
      }
      await this.#wait();
    }
  }

  async #wait() {
    const { signal } = this.#closed;
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#backoff.next());
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve(null);
      });
    });
    signal.throwIfAborted();
  }
}

/**
 * Divides blocks, in order of time, into pieces that the server takes at once.
 * @template {Extent} T
 * @param {T[]} blocks
 */
export function pieces(blocks) {
  /** @type {T[][]} */
  const found = [];
  for (const block of blocks) {
    const piece = found.at(-1);
    const before = piece?.at(-1);
    const follows = before && Math.abs(block.start_ms - before.end_ms) <= HOLE_MS && block.isPcm === before.isPcm;
    if (piece === undefined || !follows) found.push([block]);
    else if (block.end_ms - piece[0].start_ms > LONGEST_MS) found.push([...piece.slice(-OVERLAP), block]);
    else piece.push(block);
  }
  return found;
}
