import { gettext, language } from "app/shared/i18n";
import { getJson, RequestError } from "app/shared/requests";

/**
 * @typedef {object} Model - The state of the server's speech model.
 * @property {"ready" | "loading" | "full" | "failed" | "none" | "offline"} state - `offline` on the page that was opened
 *   without the server.
 * @property {string} message - A sentence to show while it is not ready.
 * @property {number} done - Bytes loaded so far.
 * @property {number} total - Bytes of the whole model; 0 while unknown.
 */

const POLL_MS = 2000;
const MB = 1e6;

/** Asks the server every two seconds for the state of its model, until it is ready. */
export class ModelStatus {
  #url;
  #changed;
  /** @type {number | undefined} */
  #timer;
  #requests = new AbortController();

  /**
   * @param {string} url
   * @param {Model} initial
   * @param {(model: Model) => void} changed - Called after each answer.
   */
  constructor(url, initial, changed) {
    this.#url = url;
    this.#changed = changed;
    if (initial.state !== "ready" && initial.state !== "offline") this.#askLater();
  }

  close() {
    clearTimeout(this.#timer);
    this.#requests.abort();
  }

  #askLater() {
    this.#timer = setTimeout(() => this.#ask(), POLL_MS);
  }

  async #ask() {
    try {
      /** @type {Model} */
      const model = await getJson(this.#url, this.#requests.signal);
      this.#changed(model);
      if (model.state !== "ready") this.#askLater();
    } catch (error) {
      if (error instanceof RequestError) this.#askLater();
    }
  }
}

/**
 * "62 of 145 MB", or an empty string while the size is unknown.
 * @param {Model} model
 */
export function progressText({ done, total }) {
  if (total <= 0) return "";
  const { format } = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  return gettext("%(done)s of %(total)s MB", { done: format(done / MB), total: format(total / MB) });
}
