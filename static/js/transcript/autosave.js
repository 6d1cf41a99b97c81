import { Backoff } from "app/shared/backoff";

/**
 * Saves a text soon after it has changed, one request at a time, and again until it is saved.
 *
 * `send(text)` returns a promise; it rejects with a RequestError. `told(state, detail)` hears of every change:
 * `dirty`, `saving`, `saved` (with the answer), `waiting` (with a sentence; it is tried again), `conflict` (with how
 * the sentence stands now; it waits for `settle`) and `refused` (with a sentence; it waits for another text).
 */
export class Autosave {
  #send;
  #told;
  #delay;
  #backoff;
  #text = null;
  #timer = null;
  #running = null;
  #state = "saved";

  constructor(send, told, { delay = 700, backoff = new Backoff({ first: 1000, most: 30_000 }) } = {}) {
    this.#send = send;
    this.#told = told;
    this.#delay = delay;
    this.#backoff = backoff;
  }

  get state() {
    return this.#state;
  }

  /** Whether something is not saved yet. */
  get isPending() {
    return this.#text !== null || this.#running !== null;
  }

  change(text) {
    this.#text = text;
    if (this.#state === "conflict") return;
    this.#tell("dirty");
    this.#schedule(this.#delay);
  }

  /** Saves what there is now; resolves when it is saved or cannot be. */
  async flush() {
    while (this.#running) await this.#running;
    if (this.#text === null || this.#state === "conflict" || this.#state === "refused") return;
    this.#running = this.#save();
    await this.#running;
  }

  /** Forgets what is not saved, when it is saved in another way or given up; resolves when no request is under way. */
  async drop() {
    clearTimeout(this.#timer);
    this.#text = null;
    while (this.#running) await this.#running;
    this.#text = null;
    this.#state = "saved";
  }

  /** Ends a conflict: what is not saved is sent again. */
  settle() {
    if (this.#state !== "conflict") return this.flush();
    this.#state = "dirty";
    return this.flush();
  }

  async #save() {
    clearTimeout(this.#timer);
    const text = this.#text;
    this.#text = null;
    this.#tell("saving");
    try {
      const answer = await this.#send(text);
      this.#backoff.reset();
      this.#running = null;
      this.#tell(this.#text === null ? "saved" : "dirty", answer);
      if (this.#text !== null) this.#schedule(this.#delay);
    } catch (error) {
      this.#running = null;
      this.#text ??= text;
      this.#failed(error);
    }
  }

  #failed(error) {
    if (error.status === 409) return this.#tell("conflict", error.data.row);
    if (error.status === 400 || error.status === 404) return this.#tell("refused", error.message);
    this.#tell("waiting", error.message);
    return this.#schedule(this.#backoff.next());
  }

  #schedule(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), delay);
  }

  #tell(state, detail = null) {
    this.#state = state;
    this.#told(state, detail);
  }
}
