import { Backoff } from "app/shared/backoff";

/** @import { Speaker } from "app/shared/names" */

/** How long until it is asked again whether a dictation that has ended goes on, in milliseconds. */
const AGAIN_MS = 30_000;

/**
 * What a stream of captions tells: a message of the server with its event, that the connection is `lost` for the moment,
 * or that it is `gone` for good, since the link does not work any longer.
 * @typedef {object} Told
 * @property {(event: string, message: Message) => void} heard
 * @property {() => void} lost
 * @property {() => void} gone
 */

/**
 * A message as in docs/protocol.md, as far as captions need it.
 * @typedef {object} Message
 * @property {string} type
 * @property {string} state
 * @property {number} seq
 * @property {number} version
 * @property {string} utterance
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {string} text
 * @property {string} stable
 * @property {string} tentative
 * @property {string} language
 * @property {string} reason
 * @property {Speaker[]} speakers
 */

/**
 * Reads captions for hours. An EventSource connects again by itself where a connection breaks, but gives up for good
 * where it is answered with an error, be it of a server that is just starting.
 */
export class CaptionStream {
  #url;
  #told;
  #backoff = new Backoff({ first: 2_000, most: 60_000 });
  /** @type {EventSource | undefined} */
  #events;
  #timer = 0;
  #last = "";

  /**
   * @param {string} url
   * @param {Told} told
   */
  constructor(url, told) {
    this.#url = new URL(url, document.baseURI);
    this.#told = told;
    this.#open();
  }

  close() {
    this.#events?.close();
    clearTimeout(this.#timer);
  }

  #open() {
    const events = new EventSource(this.#url);
    this.#events = events;
    for (const name of ["state", "partial", "final", "change", "names", "end"]) {
      events.addEventListener(name, (event) => this.#hear(event));
    }
    events.addEventListener("open", () => this.#backoff.reset());
    events.addEventListener("error", () => {
      this.#told.lost();
      if (events.readyState === EventSource.CLOSED) this.#later(this.#backoff.next());
    });
  }

  /** @param {MessageEvent} event */
  #hear({ type, data, lastEventId }) {
    this.#last = lastEventId;
    this.#told.heard(type, JSON.parse(data));
    if (type !== "end") return;
    this.#events?.close();
    this.#later(AGAIN_MS);
  }

  /** @param {number} milliseconds */
  #later(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), milliseconds);
  }

  /** Asks how things stand, which an EventSource does not say. */
  async #ask() {
    if (this.#last) this.#url.searchParams.set("after", this.#last);
    try {
      const { status } = await fetch(this.#url, { method: "HEAD" });
      if (status === 200) this.#open();
      else if (status === 204) this.#later(AGAIN_MS);
      else if ([401, 403, 404].includes(status)) this.#told.gone();
      else this.#later(this.#backoff.next());
    } catch {
      this.#later(this.#backoff.next());
    }
  }
}
