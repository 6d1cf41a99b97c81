import { gettext, language } from "app/shared/i18n";
import { getJson, RequestError } from "app/shared/requests";

const POLL_MS = 2000;
const MB = 1e6;

/** Asks the server every two seconds how its model is, until it is ready. `changed(status)` follows each answer. */
export class ModelStatus {
  #url;
  #changed;
  #timer = null;
  #request = null;

  constructor(url, initial, changed) {
    this.#url = url;
    this.#changed = changed;
    this.status = initial;
    if (initial.state !== "ready") this.#later();
  }

  close() {
    clearTimeout(this.#timer);
    this.#request?.abort();
  }

  #later() {
    this.#timer = setTimeout(() => this.#ask(), POLL_MS);
  }

  async #ask() {
    this.#request = new AbortController();
    try {
      this.status = await getJson(this.#url, this.#request.signal);
      this.#changed(this.status);
    } catch (error) {
      if (!(error instanceof RequestError)) return;
    }
    if (this.status.state !== "ready") this.#later();
  }
}

/** "62 of 145 MB", or nothing while the size is unknown. */
export function progressText({ done, total }) {
  if (total <= 0) return "";
  const { format } = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  return gettext("%(done)s of %(total)s MB", { done: format(done / MB), total: format(total / MB) });
}
