/**
 * Formats a session's time: 0:04, 12:41, 1:02:33.
 * @param {number} milliseconds
 */
export function clockText(milliseconds) {
  const all = Math.floor(Math.max(0, milliseconds) / 1000);
  const seconds = String(all % 60).padStart(2, "0");
  const minutes = Math.floor(all / 60) % 60;
  const hours = Math.floor(all / 3600);
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** The session's clock, which continues between the server's messages. `now` is a monotonic time in milliseconds. */
export class SessionClock {
  #base = 0;
  /** @type {number | null} */
  #at = null;

  /**
   * @param {number} clockMs
   * @param {boolean} running
   */
  set(clockMs, running, now = performance.now()) {
    this.#base = clockMs;
    this.#at = running ? now : null;
  }

  read(now = performance.now()) {
    return this.#base + (this.#at === null ? 0 : now - this.#at);
  }

  get running() {
    return this.#at !== null;
  }
}
