import { gettext } from "app/shared/i18n";
import { post, RequestError } from "app/shared/requests";

/** @import { TapeAddresses } from "app/dictation/tape/addresses" */
/** @import { TapeStore } from "app/dictation/tape/store" */

/**
 * The key of an account, with which sound is encrypted on this device. The browser holds it, in a form in which no script
 * can read it, until the login ends.
 */
export class Key {
  #key;

  /**
   * @param {CryptoKey} key
   * @param {string} account - Names the key, and so the account, without telling either.
   */
  constructor(key, account) {
    this.#key = key;
    this.account = account;
  }

  /**
   * The key of the account that is logged in, or was when this page was opened without the server. Throws RequestError.
   * @param {TapeAddresses} addresses
   * @param {TapeStore} store
   */
  static async of({ account, key: url }, store) {
    const held = await store.key();
    const isGood = held !== undefined && held.until > Date.now() && (!account || held.account === account);
    if (isGood) return new Key(held.key, held.account);
    if (!account) {
      throw new RequestError(
        gettext("Not connected. To record on this device without a connection, log in here once while there is one."),
      );
    }
    const { key, seconds } = await post(url, {});
    const made = await Key.#made(key);
    await store.holdKey({ account: made.account, key: made.#key, until: Date.now() + seconds * 1000 });
    return made;
  }

  /** @param {string} text - In Base64. */
  static async #made(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const name = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).slice(0, 8);
    const imported = await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    return new Key(imported, [...name].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
  }

  /** @param {BufferSource} data */
  async encrypt(data) {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, this.#key, data) };
  }

  /** @param {{iv: BufferSource, data: BufferSource}} encrypted */
  async decrypt({ iv, data }) {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, this.#key, data));
  }
}
