import { betterText, isMoving, listeningText, POLL_MS } from "app/second-pass/state";
import { getJson } from "app/shared/requests";

/** @import { SentenceData } from "app/shared/row" */

/**
 * @typedef {object} SecondPass - The status of a second pass (docs/protocol.md).
 * @property {string} state
 * @property {boolean} automatic
 * @property {number | null} percent
 * @property {{state: string}[]} items
 * @property {SentenceData[]} rows
 */

/**
 * The line about the automatic second pass after a dictation: its recording is transcribed again as a whole, and
 * sentences that come out better are changed in place.
 */
export class SecondPassLine {
  #element;
  #changed;
  /** @type {number | undefined} */
  #timer;
  #requests = new AbortController();

  /**
   * @param {HTMLElement} element
   * @param {(rows: SentenceData[]) => void} changed - Called with the sentences that the second pass has changed.
   */
  constructor(element, changed) {
    this.#element = element;
    this.#changed = changed;
  }

  /**
   * Watches the second pass of a session that has ended, until it is finished.
   * @param {string} url
   */
  watch(url) {
    this.close();
    this.#requests = new AbortController();
    this.#askLater(url);
  }

  close() {
    clearTimeout(this.#timer);
    this.#requests.abort();
    this.#show("");
  }

  /** @param {string} url */
  #askLater(url) {
    this.#timer = setTimeout(() => this.#ask(url, this.#requests.signal), POLL_MS);
  }

  /**
   * @param {string} url
   * @param {AbortSignal} signal
   */
  async #ask(url, signal) {
    /** @type {SecondPass | null} */
    const pass = await getJson(url, signal).catch(() => null);
    if (signal.aborted) return;
    // Without an answer, ask again later.
    if (pass === null) return this.#askLater(url);
    if (pass.automatic && isMoving(pass)) {
      this.#show(listeningText(pass));
      this.#askLater(url);
    } else if (pass.automatic && pass.state === "done") {
      if (pass.rows.length) this.#changed(pass.rows);
      this.#show(betterText(pass.items.filter((item) => item.state === "accepted").length));
    } else {
      this.#show("");
    }
  }

  /** @param {string} sentence */
  #show(sentence) {
    if (this.#element.textContent !== sentence) this.#element.textContent = sentence;
    this.#element.hidden = !sentence;
  }
}
