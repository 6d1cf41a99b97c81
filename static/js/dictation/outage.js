/**
 * @typedef {object} OutageRange - `at` and `until` are milliseconds of the session.
 * @property {number} at
 * @property {number | null} until - Null while it lasts.
 * @property {number} endedAt - The moment of `performance.now()` at which it ended.
 * @property {boolean} isTaped - Whether what was said is on this device, to be delivered.
 *
 * @typedef {{at: number, until: number, isTaped: boolean}} PastOutage
 */

// A pause takes no time: what begins again this soon after it has ended is the same.
const SAME_MS = 500;
// What was delivered is not placed more exactly than this.
const LEAST_LEFT_MS = 1000;
const MOST = 200;

/** The time ranges of a session in which nothing was recorded. */
export class Outage {
  /** @type {OutageRange[]} */
  #ranges = [];

  /** The current or latest one. */
  get range() {
    return this.#ranges.at(-1) ?? null;
  }

  /**
   * Those that are over, in order.
   * @returns {PastOutage[]}
   */
  get over() {
    const over = this.#ranges.flatMap(({ at, until, isTaped }) =>
      until === null ? [] : [{ at: Math.round(at), until: Math.round(until), isTaped }],
    );
    return over.slice(-MOST);
  }

  /**
   * @param {number} at
   * @param {boolean} [isTaped]
   */
  begin(at, isTaped = false) {
    const { range } = this;
    if (range?.until === null) return;
    if (range && at - range.until < SAME_MS) range.until = null;
    else this.#ranges.push({ at: Math.max(0, at), until: null, endedAt: 0, isTaped });
  }

  /** @param {number} at */
  end(at, now = performance.now()) {
    const { range } = this;
    if (range?.until !== null) return;
    range.until = Math.max(range.at, at);
    range.endedAt = now;
  }

  /** Nothing is missing after all of the one that lasts. */
  drop() {
    if (this.range?.until === null) this.#ranges.pop();
  }

  /**
   * The words of that time have come, from what was delivered.
   * @param {number} startMs
   * @param {number} endMs
   */
  fill(startMs, endMs) {
    this.#ranges = this.#ranges.flatMap((range) => {
      const { at, until } = range;
      if (until === null || until <= startMs || endMs <= at) return [range];
      const left = [
        { ...range, until: Math.min(until, startMs) },
        { ...range, at: Math.max(at, endMs), until },
      ];
      return left.filter((piece) => piece.until - piece.at >= LEAST_LEFT_MS);
    });
  }

  /**
   * Moves its beginning back to `at`: words from before it are lost too.
   * @param {number} at
   */
  reachBack(at) {
    const { range } = this;
    if (range) range.at = Math.min(at, range.at);
  }
}
