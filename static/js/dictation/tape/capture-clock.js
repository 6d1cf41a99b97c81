// The clocks of the sound and of the page differ by less than this share.
const DRIFT = 0.0005;
// Sound that is later than this does not come late: before it nothing was captured, as while the device slept.
const HOLE_MS = 500;

/**
 * When sound was captured, of `performance.now()`: its samples are counted, since a busy machine gets them late. They
 * never come early, so those that come soonest say when the first one was captured.
 */
export class CaptureClock {
  /** How much was captured so far, with the holes. */
  capturedMs = 0;

  #isInterrupted = false;

  /** @param {number} [zeroAt] - When the first of it is captured, at the latest. */
  constructor(zeroAt = Infinity) {
    this.zeroAt = zeroAt;
  }

  /**
   * Takes the next sound, and returns where it begins, in milliseconds of all that was captured.
   * @param {number} lengthMs
   * @param {number} endedAt - When its last sample came.
   */
  take(lengthMs, endedAt) {
    const zeroAt = endedAt - this.capturedMs - lengthMs;
    const late = zeroAt - this.zeroAt;
    if (late > (this.#isInterrupted ? 0 : HOLE_MS)) this.capturedMs += late;
    else this.zeroAt = Math.min(this.zeroAt + lengthMs * DRIFT, zeroAt);
    this.#isInterrupted = false;
    const startMs = this.capturedMs;
    this.capturedMs += lengthMs;
    return startMs;
  }

  /** Until the next sound nothing is captured. */
  interrupt() {
    this.#isInterrupted = true;
  }
}
