import { query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { emptyRow, fillRow } from "app/shared/row";

/** @import { SentenceData } from "app/shared/row" */

/**
 * The server's answer to a change: the sentences that have changed, and the number of words in the transcript.
 * @typedef {{rows: SentenceData[], word_count?: number}} Changed
 */

/** @typedef {Changed & {places: number, change: string | null}} Replaced - `change` is the id with which to undo it. */

/** The rows of a transcript on the page: sentences, notes and headings, ordered by time. */
export class Rows {
  /** @param {HTMLElement} element */
  constructor(element) {
    const { url = "", vocabularyUrl = "", replacementUrl = "" } = element.dataset;
    this.element = element;
    /** The address of the session. */
    this.url = url;
    this.vocabularyUrl = vocabularyUrl;
    this.replacementUrl = replacementUrl;
  }

  /** The rows of sentences. */
  all() {
    return queryAll(this.element, "[data-seq]", HTMLElement);
  }

  /** @param {number} seq */
  get(seq) {
    return document.getElementById(`u-${seq}`);
  }

  /**
   * The sentence before (-1) or after (1) a row; null at the ends.
   * @param {HTMLElement} row
   * @param {number} step
   */
  beside(row, step) {
    const rows = this.all();
    return rows[rows.indexOf(row) + step] ?? null;
  }

  /**
   * Shows a sentence as it is saved now; returns its row, or null after removing one whose text is empty.
   * @param {SentenceData} sentence
   */
  apply(sentence) {
    let row = this.get(sentence.seq);
    if (!sentence.text) {
      row?.remove();
      return null;
    }
    const stays = row?.dataset.startMs === String(sentence.start_ms);
    row ??= emptyRow();
    fillRow(row, sentence);
    const edit = query(row, ".row-edit", HTMLAnchorElement);
    const time = query(row, ".when", HTMLTimeElement).textContent ?? "";
    edit.href = `${this.url}utterances/${sentence.seq}/`;
    edit.setAttribute("aria-label", gettext("Edit %(time)s", { time }));
    if (!stays) this.insert(row);
    return row;
  }

  /**
   * Inserts an element with `data-start-ms` or `data-at-ms` at its time.
   * @param {HTMLElement} row
   */
  insert(row) {
    const others = queryAll(this.element, ".row", HTMLElement).filter((each) => each !== row);
    const next = others.find((each) => isBefore(row, each)) ?? null;
    if (row.parentElement && row.nextElementSibling === next) return;
    this.element.insertBefore(row, next);
  }
}

/**
 * @param {HTMLElement} one
 * @param {HTMLElement} other
 */
function isBefore(one, other) {
  const [a, b] = [placeOf(one), placeOf(other)];
  const index = a.findIndex((each, number) => each !== b[number]);
  return index >= 0 && a[index] < b[index];
}

/**
 * The sort key of a row: a note comes before the sentence that begins at its time.
 * @param {HTMLElement} row
 */
function placeOf({ dataset }) {
  if (dataset.atMs !== undefined) return [Number(dataset.atMs), 0, Number(dataset.note ?? Infinity)];
  return [Number(dataset.startMs), 1, Number(dataset.seq)];
}
