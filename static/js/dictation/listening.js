import { byId } from "app/shared/dom";
import { AWAY } from "app/shared/requests";

/** @import { ListeningDialog } from "app/dictation/listening-dialog" */
/** @import { ListeningOptions } from "app/dictation/messages" */

/**
 * @typedef {object} ListeningBounds
 * @property {{words: number, length: number}} limits - The most words, and the most characters in each.
 * @property {{least: number, most: number}} pause - Bounds for the silence that ends a sentence, in seconds.
 * @typedef {ListeningBounds & {options: ListeningOptions, account_words: string[]}} ListeningData
 */

/**
 * The custom vocabulary, endpointing and spoken commands of this dictation, on top of the account's. Their dialog is
 * loaded when somebody opens it.
 */
export class Listening {
  #data;
  #on;
  #options;
  /** @type {ListeningDialog | null} */
  #dialog = null;
  #events = new AbortController();

  /**
   * @param {ListeningData} data
   * @param {object} on
   * @param {() => void} on.changed - An option has changed.
   * @param {(sentence: string) => void} on.failed - The dialog could not be loaded.
   */
  constructor(data, on) {
    this.#data = data;
    this.#on = on;
    this.#options = data.options;
    const { signal } = this.#events;
    const opener = byId("listening-open", HTMLButtonElement);
    opener.addEventListener("click", () => this.open(), { signal });
    opener.disabled = false;
  }

  /** The part of an offer's settings that this class provides. */
  get settings() {
    return this.#options;
  }

  /** The number of words and phrases in the vocabulary, including the account's. */
  get count() {
    const all = new Set([...this.#options.vocabulary, ...this.#data.account_words]);
    return Math.min(all.size, this.#data.limits.words);
  }

  async open() {
    // The dialog will return the focus to the element that has it now; that must not be inside a menu that closes.
    byId("menu", HTMLElement).hidePopover();
    try {
      const { ListeningDialog } = await import("app/dictation/listening-dialog");
      this.#dialog ??= new ListeningDialog(this.#data, (options) => this.#apply(options));
    } catch {
      this.#on.failed(AWAY);
      return;
    }
    this.#dialog.open(this.#options);
  }

  close() {
    this.#events.abort();
    this.#dialog?.close();
  }

  /** @param {ListeningOptions} options */
  #apply(options) {
    const isOther = JSON.stringify(options) !== JSON.stringify(this.#options);
    this.#options = options;
    if (isOther) this.#on.changed();
  }
}
