import { Preferences } from "app/shared/preferences";

/** @import { Addresses } from "app/dictation/addresses" */

/**
 * @typedef {object} SessionData
 * @property {string} id
 * @property {"new" | "live" | "paused" | "ended"} state
 * @property {number} [clock_ms] - Its length once it has ended.
 * @property {boolean} [is_silent] - Whether nothing was said in it.
 * @property {number[][]} [outages] - Where nothing was recorded: pairs of milliseconds.
 * @property {boolean} [recovering] - Whether words of it are still to be transcribed from the recording.
 * @property {boolean} [can_continue] - Whether it can go on after its end.
 * @property {boolean} [isSoundLost] - Whether its sound cannot be kept.
 */

/** Remembers the session that this tab is dictating, so that a reload or a return to the page continues it. */
export class TabSession {
  #store = new Preferences(() => window.sessionStorage);

  /** The id of the session running in this tab, or null. */
  get id() {
    return this.#store.get("session");
  }

  /** @param {string | null} value */
  set id(value) {
    this.#store.set("session", value);
  }

  /**
   * Returns the address to which a page that shows `session` must redirect, or null if it shows the right session.
   * Forgets a session that has ended or no longer exists, which would otherwise cause redirects for ever.
   * @param {SessionData | null} session
   * @param {Addresses} addresses
   */
  redirect(session, addresses) {
    const returning = this.#store.get("returning");
    this.#store.set("returning", null);
    if (session === null) {
      if (this.id === null) return null;
      if (returning === this.id) {
        this.id = null;
        return null;
      }
      this.#store.set("returning", this.id);
      return addresses.dictation(this.id);
    }
    if (session.id !== this.id || session.state !== "ended") return null;
    this.id = null;
    return returning === session.id ? addresses.page : null;
  }
}
