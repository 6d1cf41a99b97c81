/**
 * @typedef {object} OutageRange - `at` and `until` are milliseconds of the session.
 * @property {number} at
 * @property {number | null} until - Null while it lasts.
 * @property {number} endedAt - The moment of `performance.now()` at which it ended.
 */

/** The time range of a session in which nothing was recorded. */
export class Outage {
  /** @type {OutageRange | null} */
  #range = null;

  get range() {
    return this.#range;
  }

  /** @param {number} at */
  begin(at) {
    if (this.#range?.until !== null) this.#range = { at: Math.max(0, at), until: null, endedAt: 0 };
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
