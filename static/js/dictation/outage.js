/** @typedef {{at: number, until: number | null}} Stretch - `until` is null while it lasts. */

/** The time in which nothing was recorded: from when to when on the session's clock, in milliseconds. */
export class Outage {
  /** @type {Stretch | null} */
  #stretch = null;

  get stretch() {
    return this.#stretch;
  }

  /** @param {number} at */
  begin(at) {
    if (this.#stretch?.until !== null) this.#stretch = { at: Math.max(0, at), until: null };
  }

  /** @param {number} at */
  end(at) {
    if (this.#stretch?.until !== null) return;
    this.#stretch = { at: this.#stretch.at, until: Math.max(this.#stretch.at, at) };
  }

  /**
   * Words from before it are lost as well.
   * @param {number} at
   */
  reachBack(at) {
    if (this.#stretch !== null) this.#stretch = { ...this.#stretch, at: Math.min(at, this.#stretch.at) };
  }
}
