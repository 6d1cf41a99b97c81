const PREFIX = "whisperstream.";

/** What this browser remembers for its user; where storage is refused, nothing is remembered and nothing fails. */
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
      // A full or forbidden storage costs a convenience only.
    }
  }
}
