import { textOf } from "app/shared/row";
import { Drafts } from "app/transcript/drafts";
import { Sentence } from "app/transcript/sentence";

/**
 * @import { Saving } from "app/transcript/autosave"
 * @import { Rows } from "app/transcript/rows"
 */

/** The sentences of a page that are or were edited. What is not saved is sent as soon as that may help. */
export class Sentences {
  #rows;
  #told;
  #drafts;
  /** @type {Map<number, Sentence>} */
  #known = new Map();
  #events = new AbortController();

  /**
   * @param {Rows} rows
   * @param {(sentence: Sentence, saving: Saving) => void} told - Hears how the saving of each goes.
   */
  constructor(rows, told) {
    this.#rows = rows;
    this.#told = told;
    this.#drafts = new Drafts(rows.url);
    const { signal } = this.#events;
    window.addEventListener("online", () => this.flush(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.flush(), { signal });
  }

  /**
   * The one that a row shows.
   * @param {HTMLElement} row
   */
  of(row) {
    const seq = Number(row.dataset.seq);
    const known = this.#known.get(seq);
    if (known?.row === row) return known;
    const sentence = new Sentence(this.#rows.url, row, this.#drafts, this.#told);
    this.#known.set(seq, sentence);
    return sentence;
  }

  /**
   * The one with a seq, if somebody was at it.
   * @param {number} seq
   */
  find(seq) {
    return this.#known.get(seq);
  }

  /** Those that are not saved. */
  get pending() {
    return [...this.#known.values()].filter((sentence) => sentence.isPending);
  }

  flush() {
    for (const sentence of this.pending) sentence.flush();
  }

  /** Goes on with what was not saved when this tab was on the page before. */
  restore() {
    for (const draft of this.#drafts.all()) {
      const { seq, text, version } = draft;
      // A sentence that was taken out meanwhile comes back to the page until it is decided what becomes of it.
      const row = this.#rows.get(seq) ?? this.#rows.apply(draft);
      if (!row || (textOf(row) === text && Number(row.dataset.version) !== version)) this.#drafts.drop(seq);
      else {
        const sentence = this.of(row);
        sentence.change(text, version);
        sentence.flush();
      }
    }
  }

  close() {
    this.#events.abort();
    for (const sentence of this.#known.values()) sentence.close();
  }
}
