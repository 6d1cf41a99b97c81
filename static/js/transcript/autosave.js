import { Backoff } from "app/shared/backoff";

/**
 * @import { RequestError } from "app/shared/requests"
 * @import { SentenceData } from "app/shared/row"
 * @import { Correction } from "app/transcript/correction"
 * @import { Changed } from "app/transcript/rows"
 */

/** @typedef {Changed & {correction: Correction | null}} Saved - The server's answer. */

/**
 * The state of saving a text. `answer` is the server's latest answer, `problem` a sentence. `waiting` is tried again,
 * `refused` waits for another text, and `conflict` waits for `settle`; `stored` is the sentence as it is saved now.
 * @typedef {(
 *   | {state: "dirty" | "saved", answer: Saved | null}
 *   | {state: "saving"}
 *   | {state: "waiting" | "refused", problem: string}
 *   | {state: "conflict", stored: SentenceData}
 * )} Saving
 */

/** Saves a text shortly after each change, with one request at a time, and retries until it is saved. */
export class Autosave {
  #send;
  #onChange;
  #delay;
  #backoff;
  /** @type {string | null} */
  #text = null;
  /** @type {number | undefined} */
  #timer;
  /** @type {Promise<void> | null} */
  #running = null;
  /** @type {Saving} */
  #saving = { state: "saved", answer: null };

  /**
   * @param {(text: string) => Promise<Saved>} send - Sends the text; rejects with a RequestError.
   * @param {(saving: Saving) => void} onChange - Called whenever `saving` changes.
   * @param {{delay?: number, backoff?: Pick<Backoff, "next" | "reset">}} [options] - `delay` is in milliseconds.
   */
  constructor(send, onChange, { delay = 700, backoff = new Backoff({ first: 1000, most: 30_000 }) } = {}) {
    this.#send = send;
    this.#onChange = onChange;
    this.#delay = delay;
    this.#backoff = backoff;
  }

  get saving() {
    return this.#saving;
  }

  /** Whether something is not saved yet. */
  get isPending() {
    return this.#text !== null || this.#running !== null;
  }

  /** @param {string} text */
  change(text) {
    this.#text = text;
    if (this.#saving.state === "conflict") return;
    this.#tell({ state: "dirty", answer: null });
    this.#schedule(this.#delay);
  }

  /** Saves the current text at once; resolves when it is saved or could not be. */
  async flush() {
    while (this.#running) await this.#running;
    const { state } = this.#saving;
    if (this.#text === null || state === "conflict" || state === "refused") return;
    this.#running = this.#save(this.#text);
    await this.#running;
  }

  /** Discards the unsaved text; resolves when no request is under way. */
  async drop() {
    clearTimeout(this.#timer);
    this.#text = null;
    while (this.#running) await this.#running;
    this.#text = null;
    this.#saving = { state: "saved", answer: null };
  }

  /** Ends a conflict by sending the unsaved text again. */
  settle() {
    if (this.#saving.state === "conflict") this.#saving = { state: "dirty", answer: null };
    return this.flush();
  }

  /** Stops saving and retrying. */
  close() {
    clearTimeout(this.#timer);
  }

  /** @param {string} text */
  async #save(text) {
    clearTimeout(this.#timer);
    this.#text = null;
    this.#tell({ state: "saving" });
    await this.#send(text).then(
      (answer) => this.#succeeded(answer),
      (error) => this.#failed(text, error),
    );
  }

  /** @param {Saved} answer */
  #succeeded(answer) {
    this.#backoff.reset();
    this.#running = null;
    this.#tell({ state: this.#text === null ? "saved" : "dirty", answer });
    if (this.#text !== null) this.#schedule(this.#delay);
  }

  /**
   * @param {string} text
   * @param {RequestError} error
   */
  #failed(text, { status, message, data }) {
    this.#running = null;
    this.#text ??= text;
    if (status === 409) return this.#tell({ state: "conflict", stored: data.row });
    if (status === 400 || status === 404) return this.#tell({ state: "refused", problem: message });
    this.#tell({ state: "waiting", problem: message });
    return this.#schedule(this.#backoff.next());
  }

  /** @param {number} delay */
  #schedule(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), delay);
  }

  /** @param {Saving} saving */
  #tell(saving) {
    this.#saving = saving;
    this.#onChange(saving);
  }
}
