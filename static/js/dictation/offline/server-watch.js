import { askLogin } from "app/dictation/tape/login";
import { Backoff } from "app/shared/backoff";
import { RequestError } from "app/shared/requests";

/** @import { TapeAddresses } from "app/dictation/tape/addresses" */

/** Waits until the server can be reached again. */
export class ServerWatch {
  #addresses;
  #on;
  #backoff = new Backoff({ first: 1000, most: 4000 });
  #events = new AbortController();
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {TapeAddresses} addresses
   * @param {object} on
   * @param {(account: string) => Promise<boolean>} on.back - The server is there; the name of the key of who is logged in.
   *   Returns false if it is to be asked again later.
   * @param {() => void} on.loggedOut - It is there, but nobody is logged in.
   */
  constructor(addresses, on) {
    this.#addresses = addresses;
    this.#on = on;
    window.addEventListener("online", () => this.#ask(), { signal: this.#events.signal });
    this.#askLater();
  }

  close() {
    this.#events.abort();
    clearTimeout(this.#timer);
  }

  #askLater() {
    clearTimeout(this.#timer);
    if (!this.#events.signal.aborted) this.#timer = setTimeout(() => this.#ask(), this.#backoff.next());
  }

  async #ask() {
    clearTimeout(this.#timer);
    try {
      const account = await askLogin(this.#addresses);
      if (this.#events.signal.aborted) return;
      if (await this.#on.back(account)) return this.close();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.status === 401 && !this.#events.signal.aborted) this.#on.loggedOut();
    }
    this.#askLater();
  }
}
