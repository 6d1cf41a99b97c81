/**
 * @typedef {object} OutageRange - `at` and `until` are milliseconds of the session.
 * @property {number} at
 * @property {number | null} until - Null while it lasts.
 * @property {number} endedAt - The moment of `performance.now()` at which it ended.
 */

// A pause takes no time: what begins again this soon after it has ended is the same.
const SAME_MS = 500;
const MOST = 200;

/** The time ranges of a session in which nothing was recorded. */
export class Outage {
  /** @type {OutageRange[]} */
  #before = [];
  /** @type {OutageRange | null} */
  #range = null;

  /** The current or latest one. */
  get range() {
    return this.#range;
  }

  /** Those that are over, in order, at most MOST: pairs of milliseconds. */
  get over() {
    const all = this.#range?.until == null ? this.#before : [...this.#before, this.#range];
    return all.slice(-MOST).map(({ at, until }) => [Math.round(at), Math.round(until ?? at)]);
  }

  /** @param {number} at */
  begin(at) {
    if (this.#range === null) {
      this.#range = { at: Math.max(0, at), until: null, endedAt: 0 };
    } else if (this.#range.until !== null) {
      const isSame = at - this.#range.until < SAME_MS;
      if (!isSame) this.#before.push(this.#range);
      this.#range = { at: isSame ? Math.min(this.#range.at, Math.max(0, at)) : at, until: null, endedAt: 0 };
    }
  }

  /** @param {number} at */
  end(at, now = performance.now()) {
    if (this.#range?.until !== null) return;
    this.#range = { at: this.#range.at, until: Math.max(this.#range.at, at), endedAt: now };
  }

  /**
   * Moves its beginning back to `at`: words from before it are lost too.
   * @param {number} at
   */
  reachBack(at) {
    if (this.#range !== null) this.#range = { ...this.#range, at: Math.min(at, this.#range.at) };
  }
}
