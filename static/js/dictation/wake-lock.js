/**
 * Keeps the screen on during a dictation; requests the lock again after the page was hidden, when browsers release it.
 */
export class WakeLock {
  /** @type {WakeLockSentinel | null} */
  #lock = null;
  #isWanted = false;
  #events = new AbortController();

  constructor() {
    document.addEventListener("visibilitychange", () => this.#apply(), { signal: this.#events.signal });
  }

  /** @param {boolean} value */
  set isWanted(value) {
    if (value === this.#isWanted) return;
    this.#isWanted = value;
    this.#apply();
  }

  close() {
    this.isWanted = false;
    this.#events.abort();
  }

  async #apply() {
    if (!navigator.wakeLock) return;
    if (!this.#isWanted) {
      this.#lock?.release();
      this.#lock = null;
    } else if (document.visibilityState === "visible" && (this.#lock === null || this.#lock.released)) {
      try {
        this.#lock = await navigator.wakeLock.request("screen");
        if (!this.#isWanted) this.#apply();
      } catch {
        // The browser may refuse, for example on low battery; the dictation continues without it.
      }
    }
  }
}
