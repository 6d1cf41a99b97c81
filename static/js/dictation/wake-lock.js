/** Keeps the screen on while somebody dictates; browsers let go of it whenever the page is out of sight. */
export class WakeLock {
  #lock = null;
  #wanted = false;
  #events = new AbortController();

  constructor() {
    document.addEventListener("visibilitychange", () => this.#apply(), { signal: this.#events.signal });
  }

  set isWanted(value) {
    if (value === this.#wanted) return;
    this.#wanted = value;
    this.#apply();
  }

  close() {
    this.isWanted = false;
    this.#events.abort();
  }

  async #apply() {
    if (!navigator.wakeLock) return;
    if (!this.#wanted) {
      this.#lock?.release();
      this.#lock = null;
    } else if (document.visibilityState === "visible" && (this.#lock === null || this.#lock.released)) {
      try {
        this.#lock = await navigator.wakeLock.request("screen");
        if (!this.#wanted) this.#apply();
      } catch {
        // Low battery, or a policy: the dictation goes on all the same.
      }
    }
  }
}
