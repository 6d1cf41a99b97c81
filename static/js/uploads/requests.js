import { ask, getJson, post, RequestError } from "app/shared/requests";

/**
 * An audio track of a file.
 * @typedef {object} Track
 * @property {number} number
 * @property {number} many - How many audio tracks the file has.
 * @property {string} language - As the file says; may be empty, like the title.
 * @property {string} title
 */

/**
 * A file that is being transcribed.
 * @typedef {object} Upload
 * @property {string} id
 * @property {string} name
 * @property {"receiving" | "waiting" | "working" | "done" | "failed"} state
 * @property {number} received - How many bytes of its `size` the server has.
 * @property {number} size
 * @property {number | null} percent - How much of its sound is transcribed; null while unknown.
 * @property {number | null} seconds_left
 * @property {string} message
 * @property {string | null} session - The address of its transcript.
 * @property {Track | null} heard_track - The track that was transcribed, of several.
 * @property {Track[]} tracks - The others, which can be transcribed too.
 */

/** Requests to the server about files that are being added. Methods throw RequestError. */
export class UploadRequests {
  #url;
  #tellsSpeakers;

  /**
   * @param {string} url
   * @param {() => boolean} tellsSpeakers - Whether the voices of the next file are to be told apart.
   */
  constructor(url, tellsSpeakers) {
    this.#url = url;
    this.#tellsSpeakers = tellsSpeakers;
  }

  /**
   * The state of all files of this user.
   * @returns {Promise<Upload[]>}
   */
  async list() {
    return (await getJson(this.#url)).uploads;
  }

  /**
   * Announces a file; the answer says how much of it the server already has.
   * @param {File} file
   * @returns {Promise<Upload>}
   */
  announce(file) {
    const { name, size, lastModified: modified } = file;
    return post(this.#url, { name, size, modified, tell_speakers: this.#tellsSpeakers() });
  }

  /**
   * Sends bytes from `offset` on; on status 409, the error's data says how many are `received`.
   * @param {string} id
   * @param {number} offset
   * @param {Blob} bytes
   * @param {AbortSignal} signal
   * @returns {Promise<Upload>}
   */
  send(id, offset, bytes, signal) {
    const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    return this.#ask(id, { method: "PATCH", headers, body: bytes, signal });
  }

  /** @param {string} id */
  async remove(id) {
    try {
      await this.#ask(id, { method: "DELETE" });
    } catch (error) {
      // It is gone already, as intended.
      if (!(error instanceof RequestError && error.status === 404)) throw error;
    }
  }

  /**
   * Has another track of a file transcribed, which is another upload.
   * @param {string} id
   * @param {number} track
   * @returns {Promise<Upload>}
   */
  choose(id, track) {
    return post(`${this.#url}${id}/tracks/`, { track });
  }

  /**
   * Declines all other tracks of a file.
   * @param {string} id
   */
  decline(id) {
    return this.#ask(`${id}/tracks`, { method: "DELETE" });
  }

  /**
   * @param {string} id
   * @param {Parameters<typeof ask>[1]} options
   */
  #ask(id, options) {
    return ask(`${this.#url}${id}/`, options);
  }
}
