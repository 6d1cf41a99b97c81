/** @import { ClientMessage } from "app/dictation/messages" */
/** @import { RoadSwitch } from "app/dictation/road/switch" */
/** @import { SessionClock } from "app/shared/clock" */

/**
 * @typedef {object} OutageRange - `at` and `until` are milliseconds of the session.
 * @property {number} at
 * @property {number | null} until - Null while it lasts.
 * @property {number} endedAt - The moment of `performance.now()` at which it ended.
 * @property {boolean} isTaped - Whether what was said is on this device, to be delivered.
 *
 * @typedef {{at: number, until: number, isTaped: boolean}} PastOutage
 *
 * @typedef {object} OutageEvents
 * @property {() => void} changed
 * @property {() => boolean} isMissed - Returns whether what is said now is to be recorded.
 * @property {(message: ClientMessage) => void} send - Sends a message to the server.
 * @property {(since: number) => number | null} dropUnsaved - Drops unsaved words whose last partial came before `since`
 *   (of `performance.now()`): they were lost with an audio worker. Returns the session's time from which words are lost
 *   for good, or null.
 */

// A pause takes no time: what begins again this soon after it has ended is the same.
const SAME_MS = 500;
// What was delivered is not placed more exactly than this.
const LEAST_LEFT_MS = 1000;
const MOST = 200;
// An audio worker that is still alive continues its open utterances, or saves them, well within this time.
const UNSAVED_MS = 8000;

/** The time ranges of a session in which nothing was recorded. */
export class Outages {
  /** Whether what is said without a connection is recorded on this device, to be delivered later. */
  isTaped = false;
  /** Whether the sound holds nothing of what is said, for want of a microphone. */
  isDeaf = false;
  /** Whether an audio worker was lost, and with it all that it had not saved. */
  isWorkerLost = false;
  /** Another road may still carry what is missing; null while there is none. */
  /** @type {RoadSwitch | null} */
  roads = null;
  #clock;
  #on;
  /** @type {OutageRange[]} */
  #ranges = [];
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {SessionClock} clock
   * @param {OutageEvents} on
   */
  constructor(clock, on) {
    this.#clock = clock;
    this.#on = on;
  }

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
   * The server hears nothing of what is said.
   * @param {number} [ago] - Since so many milliseconds.
   */
  begin(ago = 0) {
    if (!this.#on.isMissed()) return;
    this.roads?.settle(false);
    this.beginAt(this.#clock.read() - Math.max(0, ago));
  }

  /**
   * The server has heard nothing since a moment of the session.
   * @param {number} at
   */
  beginAt(at, isTaped = this.isTaped && !this.isDeaf) {
    const { range } = this;
    if (range?.until === null) return;
    if (range && at - range.until < SAME_MS) range.until = null;
    else this.#ranges.push({ at: Math.max(0, at), until: null, endedAt: 0, isTaped });
  }

  /**
   * No sound arrives any more, which is no outage yet where another road may carry it.
   * @param {number} ago - Since so many milliseconds.
   */
  stopped(ago) {
    const isMissed = !this.isDeaf && this.range?.until !== null && this.#on.isMissed();
    if (!this.roads?.stopped(ago, this.#clock.read(), isMissed)) this.begin(ago);
  }

  /** What is said is heard, or not to be recorded. */
  end() {
    this.roads?.settle(false);
    this.#end();
  }

  /** Nothing is missing after all of the one that lasts. */
  drop() {
    this.roads?.settle(true);
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

  /** Tells the server of them. */
  report() {
    const ranges = this.over.map(({ at, until }) => [at, until]);
    if (ranges.length) this.#on.send({ type: "outages", ranges });
  }

  /** Another audio worker may have taken over: the words that a lost one had not saved will not arrive any more. */
  workerChanged() {
    const since = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#reachBack(since), this.isWorkerLost ? 0 : UNSAVED_MS);
    this.isWorkerLost = false;
  }

  close() {
    clearTimeout(this.#timer);
    this.#end();
  }

  /** @param {number} since */
  #reachBack(since) {
    const from = this.#on.dropUnsaved(since);
    if (from === null) return;
    if (this.range) this.range.at = Math.min(from, this.range.at);
    this.#on.changed();
  }

  #end() {
    const { range } = this;
    if (range?.until !== null) return;
    range.until = Math.max(range.at, this.#clock.read());
    range.endedAt = performance.now();
  }
}
