import { gettext } from "app/i18n";
import { RequestError, getJson, post } from "app/requests";

const AWAY = gettext("The server cannot be reached. Try again when the connection is back.");

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
      await this.#ask(id, { method: "DELETE", headers: {} });
    } catch (error) {
      // Gone is what was wanted.
      if (error.status !== 404) throw error;
    }
  }

  async #ask(id, { headers, ...options }) {
    const token = document.querySelector("meta[name=csrf-token]").content;
    let response;
    try {
      response = await fetch(`${this.#url}${id}/`, {
        credentials: "same-origin",
        headers: { "X-CSRFToken": token, Accept: "application/json", ...headers },
        ...options,
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new RequestError(AWAY);
    }
    const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
    const data = isJson ? await response.json() : null;
    if (response.redirected) throw new RequestError(gettext("You are logged out. Log in again."), 401);
    if (!response.ok) throw new RequestError(data?.message ?? AWAY, response.status, data);
    return data;
  }
}
