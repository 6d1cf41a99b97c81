import { Preferences } from "app/shared/preferences";

/** @import { Addresses } from "app/dictation/addresses" */

/**
 * @typedef {object} SessionData
 * @property {string} id
 * @property {"new" | "live" | "paused" | "ended"} state
 * @property {boolean} [isSoundLost] - Whether from somewhere on its sound could not be kept.
 */

/** Which session this tab dictates into, so that a reload, or coming back to the page, goes on with it. */
export class TabSession {
  #store = new Preferences(() => window.sessionStorage);

  /** The id of the session that runs in this tab, or null. */
  get id() {
    return this.#store.get("session");
  }

  /** @param {string | null} value */
  set id(value) {
    this.#store.set("session", value);
  }

  /**
   * Where a page that shows `session` must go first, or null when it is in its place. A session that ended, or is
   * gone, lets go of the tab instead of drawing it back for ever.
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
