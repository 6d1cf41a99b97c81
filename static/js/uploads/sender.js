import { Backoff } from "app/shared/backoff";
import { isAbort, RequestError } from "app/shared/requests";

/** @import { Upload, UploadRequests } from "app/uploads/requests" */

const CHUNK = 1024 * 1024;

/** Sends one file in pieces, and continues after outages where it stopped. */
export class UploadSender {
  #requests;
  #file;
  #upload;
  #changed;
  #abort = new AbortController();

  /**
   * `changed(upload)` is called after each piece.
   * @param {UploadRequests} requests
   * @param {File} file
   * @param {Upload} upload - The server's state of the file.
   * @param {(upload: Upload) => void} changed
   */
  constructor(requests, file, upload, changed) {
    this.#requests = requests;
    this.#file = file;
    this.#upload = upload;
    this.#changed = changed;
  }

  /** Resolves when the server has the whole file, or after `close()`. Throws RequestError if retrying cannot help. */
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
   * The upload after a piece was refused or lost. Throws the error if sending again would fail too.
   * @param {unknown} error
   * @param {number} offset
   * @param {Backoff} backoff
   * @returns {Promise<Upload>}
   */
  async #after(error, offset, backoff) {
    if (error instanceof RequestError) {
      const received = error.data?.received;
      // The last piece arrived, but its answer was lost.
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
