/**
 * @typedef {{at: number, until: number | null}} OutageRange - Milliseconds of the session; `until` is null while it lasts.
 */

/** The time range of a session in which nothing was recorded, in milliseconds of its clock. */
export class Outage {
  /** @type {OutageRange | null} */
  #range = null;

  get range() {
    return this.#range;
  }

  /** @param {number} at */
  begin(at) {
    if (this.#range?.until !== null) this.#range = { at: Math.max(0, at), until: null };
  }

  /** @param {number} at */
  end(at) {
    if (this.#range?.until !== null) return;
    this.#range = { at: this.#range.at, until: Math.max(this.#range.at, at) };
  }

  /**
   * Moves its beginning back to `at`: words from before it are lost too.
   * @param {number} at
   */
  reachBack(at) {
    if (this.#range !== null) this.#range = { ...this.#range, at: Math.min(at, this.#range.at) };
  }
}
