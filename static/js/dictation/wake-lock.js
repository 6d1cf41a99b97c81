/** Keeps the screen on while somebody dictates; browsers let go of it whenever the page is out of sight. */
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
        // Low battery, or a policy: the dictation goes on all the same.
      }
    }
  }
}
