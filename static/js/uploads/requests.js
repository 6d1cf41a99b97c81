import { ask, getJson, post } from "app/shared/requests";

/** The server's side of files that are being added. Methods throw RequestError. */
export class UploadRequests {
  #url;

  constructor(url) {
    this.#url = url;
  }

  /** How all files of this person stand. */
  async list() {
    return (await getJson(this.#url)).uploads;
  }

  /** Announces a file; the answer says how much of it the server has already. */
  announce(file) {
    return post(this.#url, { name: file.name, size: file.size, modified: file.lastModified });
  }

  /** Sends bytes that come at `offset`; an answer of 409 says in its data how many are `received`. */
  send(id, offset, bytes, signal) {
    const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
    return this.#ask(id, { method: "PATCH", headers, body: bytes, signal });
  }

  async remove(id) {
    try {
      await this.#ask(id, { method: "DELETE" });
    } catch (error) {
      // Gone is what was wanted.
      if (error.status !== 404) throw error;
    }
  }

  #ask(id, options) {
    return ask(`${this.#url}${id}/`, options);
  }
}
