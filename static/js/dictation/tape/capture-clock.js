// The clocks of the sound and of the page differ by less than this share.
const DRIFT = 0.0005;

/**
 * When sound was captured, of `performance.now()`: its samples are counted, since a busy page gets them late. They never
 * come early, so those that come soonest say when the first one was captured.
 */
export class CaptureClock {
  /** How much was captured so far. */
  recordedMs = 0;

  /** @param {number} [zeroAt] - When the first of it is captured, at the latest. */
  constructor(zeroAt = Infinity) {
    this.zeroAt = zeroAt;
  }

  /**
   * Takes the next sound, and returns when it began.
   * @param {number} lengthMs
   */
  take(lengthMs, now = performance.now()) {
    const startMs = this.recordedMs;
    this.recordedMs += lengthMs;
    this.zeroAt = Math.min(this.zeroAt + lengthMs * DRIFT, now - this.recordedMs);
    return this.zeroAt + startMs;
  }

  /**
   * For so long nothing was captured.
   * @param {number} ms
   */
  skip(ms) {
    this.recordedMs += ms;
  }

  /** Nothing was captured up to now of what had not come yet. */
  skipRest(now = performance.now()) {
    this.recordedMs = Math.max(this.recordedMs, now - this.zeroAt);
  }
}
