import { post } from "app/shared/requests";

/** The key of an account, with which sound is encrypted on this device. It is nowhere but in memory. */
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
   * Asks the server for it. Throws RequestError.
   * @param {string} url
   */
  static async ask(url) {
    const { key } = await post(url, {});
    const bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
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
