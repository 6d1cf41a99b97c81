import { Preferences } from "app/shared/preferences";

/** Which session this tab dictates into, so that a reload, or coming back to the page, goes on with it. */
export class TabSession {
  #store = new Preferences(() => window.sessionStorage);

  /** The id of the session that runs in this tab, or null. */
  get id() {
    return this.#store.get("session");
  }

  set id(value) {
    this.#store.set("session", value);
  }

  /**
   * Where a page that shows `session` (`{id, state}` or null) must go first, or null when it is in its place. A
   * session that ended, or is gone, lets go of the tab instead of drawing it back for ever.
   */
  detour(session, addresses) {
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
