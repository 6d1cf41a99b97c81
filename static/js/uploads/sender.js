import { Backoff } from "app/shared/backoff";
import { isAbort, RequestError } from "app/shared/requests";

/** @import { Upload, UploadRequests } from "app/uploads/requests" */

const CHUNK = 1024 * 1024;

/** Sends one file, piece by piece, and goes on after outages where it stopped. */
export class UploadSender {
  #requests;
  #file;
  #upload;
  #changed;
  #abort = new AbortController();

  /**
   * `changed(upload)` follows each piece.
   * @param {UploadRequests} requests
   * @param {File} file
   * @param {Upload} upload - What the server says of the file.
   * @param {(upload: Upload) => void} changed
   */
  constructor(requests, file, upload, changed) {
    this.#requests = requests;
    this.#file = file;
    this.#upload = upload;
    this.#changed = changed;
  }

  /** Resolves when all of it is there, or when it was closed. Throws RequestError for what waiting does not help. */
  async run() {
    const backoff = new Backoff();
    while (this.#upload.state === "receiving" && !this.#abort.signal.aborted) {
      const offset = this.#upload.received;
      try {
        const bytes = this.#file.slice(offset, offset + CHUNK);
        this.#upload = await this.#requests.send(this.#upload.id, offset, bytes, this.#abort.signal);
        backoff.reset();
      } catch (error) {
        if (isAbort(error)) return;
        this.#upload = await this.#after(error, offset, backoff);
      }
      this.#changed(this.#upload);
    }
  }

  close() {
    this.#abort.abort();
  }

  /**
   * The upload as it stands after a piece was not taken. Throws the error where it would not be taken again.
   * @param {unknown} error
   * @param {number} offset
   * @param {Backoff} backoff
   * @returns {Promise<Upload>}
   */
  async #after(error, offset, backoff) {
    if (error instanceof RequestError) {
      const received = error.data?.received;
      // What was sent last arrived, but its answer did not.
      if (error.status === 409 && received !== offset) return { ...this.#upload, received };
      if (error.status >= 400 && error.status < 500) throw error;
    }
    await this.#pause(backoff.next());
    return this.#upload;
  }

  /**
   * @param {number} ms
   * @returns {Promise<void>}
   */
  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#abort.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
