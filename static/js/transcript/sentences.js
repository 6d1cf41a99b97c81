import { textOf } from "app/shared/row";
import { Drafts } from "app/transcript/drafts";
import { Sentence } from "app/transcript/sentence";

/**
 * @import { Saving } from "app/transcript/autosave"
 * @import { Rows } from "app/transcript/rows"
 */

/**
 * The sentences of a page that are or were edited. Saves pending ones at once when the browser is online again or the
 * page is hidden.
 */
export class Sentences {
  #rows;
  #onChange;
  #drafts;
  /** @type {Map<number, Sentence>} */
  #known = new Map();
  #events = new AbortController();

  /**
   * @param {Rows} rows
   * @param {(sentence: Sentence, saving: Saving) => void} onChange - Called when `saving` of a sentence changes.
   */
  constructor(rows, onChange) {
    this.#rows = rows;
    this.#onChange = onChange;
    this.#drafts = new Drafts(rows.url);
    const { signal } = this.#events;
    window.addEventListener("online", () => this.flush(), { signal });
    document.addEventListener("visibilitychange", () => document.hidden && this.flush(), { signal });
  }

  /**
   * The Sentence of a row.
   * @param {HTMLElement} row
   */
  of(row) {
    const seq = Number(row.dataset.seq);
    const known = this.#known.get(seq);
    if (known?.row === row) return known;
    const sentence = new Sentence(this.#rows.url, row, this.#drafts, this.#onChange);
    this.#known.set(seq, sentence);
    return sentence;
  }

  /**
   * The Sentence with a seq, if it was edited.
   * @param {number} seq
   */
  find(seq) {
    return this.#known.get(seq);
  }

  /** The sentences that are not saved. */
  get pending() {
    return [...this.#known.values()].filter((sentence) => sentence.isPending);
  }

  flush() {
    for (const sentence of this.pending) sentence.flush();
  }

  /** Continues saving the drafts that this tab has kept from before a reload. */
  restore() {
    for (const draft of this.#drafts.all()) {
      const { seq, text, version } = draft;
      // A sentence that was deleted meanwhile is shown again until the user has resolved the conflict.
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
