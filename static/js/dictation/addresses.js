/**
 * @typedef {object} AddressData
 * @property {string} any_id - The placeholder for a session's id in the addresses that contain one.
 * @property {Record<
 *   "page" | "create" | "continue" | "transcript" | "captions" | "second_pass" | "rename" | "title" | "socket" | "status"
 *   | "trash",
 *   string
 * >} urls
 */

/** The addresses that the server gave the page, for any session. */
export class Addresses {
  #urls;
  #anyId;

  /** @param {AddressData} data */
  constructor({ urls, any_id }) {
    this.#urls = urls;
    this.#anyId = any_id;
    this.create = urls.create;
    this.status = urls.status;
    this.page = urls.page;
    this.trash = urls.trash;
  }

  /** @param {string} id */
  transcript(id) {
    return this.#urls.transcript.replace(this.#anyId, id);
  }

  /** @param {string} id */
  captions(id) {
    return this.#urls.captions.replace(this.#anyId, id);
  }

  /** @param {string} id */
  secondPass(id) {
    return this.#urls.second_pass.replace(this.#anyId, id);
  }

  /** @param {string} id */
  continue(id) {
    return this.#urls.continue.replace(this.#anyId, id);
  }

  /** @param {string} id */
  title(id) {
    return this.#urls.title.replace(this.#anyId, id);
  }

  /** @param {string} id */
  rename(id) {
    return this.#urls.rename.replace(this.#anyId, id);
  }

  /** @param {string} id */
  dictation(id) {
    return `${this.#urls.page}?session=${id}`;
  }

  /** @param {string} id */
  socket(id) {
    const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
    return `${scheme}//${window.location.host}${this.#urls.socket.replace(this.#anyId, id)}`;
  }
}
