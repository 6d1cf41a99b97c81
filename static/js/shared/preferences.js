const PREFIX = "whisperstream.";

/** Preferences kept in this browser's storage; if storage is refused, nothing is kept and nothing fails. */
export class Preferences {
  #storage;

  constructor(storage = () => window.localStorage) {
    this.#storage = storage;
  }

  /** @param {string} name */
  get(name) {
    try {
      return this.#storage().getItem(PREFIX + name);
    } catch {
      return null;
    }
  }

  /**
   * @param {string} name
   * @param {string | null} value
   */
  set(name, value) {
    try {
      if (value === null) this.#storage().removeItem(PREFIX + name);
      else this.#storage().setItem(PREFIX + name, value);
    } catch {
      // Without storage the user only loses a convenience.
    }
  }
}
