import { optional } from "app/shared/dom";

/** Where this page delivers sound, and for how long; the server says so in the head of its pages. */
export class TapeAddresses {
  #url;
  #anyId;

  /** @param {DOMStringMap} data */
  constructor({ url = "", anyId = "", begun = "", login = "", key = "", hours = "0", account = "" }) {
    this.#url = url;
    this.#anyId = anyId;
    this.begun = begun;
    this.login = login;
    this.key = key;
    this.keptMs = Number(hours) * 3_600_000;
    /** The name of the account's key; empty on the page that was opened without the server. */
    this.account = account;
  }

  /** Null where the server takes none. */
  static here() {
    const meta = optional(document, "meta[name=tape]", HTMLMetaElement);
    return meta && new TapeAddresses(meta.dataset);
  }

  /** @param {string} session */
  of(session) {
    return this.#url.replace(this.#anyId, session);
  }
}
