import { optional, query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { tellWho } from "app/shared/names";
import { emptyRow, fillRow } from "app/shared/row";

/** @import { SentenceData } from "app/shared/row" */

/**
 * The server's answer to a change: the sentences that have changed, and the number of words in the transcript.
 * @typedef {{rows: SentenceData[], word_count?: number}} Changed
 */

/** @typedef {Changed & {places: number, change: string | null}} Replaced - `change` is the id with which to undo it. */

// These scripts are written without spaces between sentences.
const IS_SPACELESS = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/**
 * The rows of a transcript on the page: sentences, notes and headings, ordered by time. They stand in paragraphs, so
 * that the browser lays out only those in sight; nothing here may therefore go through all rows for a single change.
 */
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
    let other = neighbour(row, step);
    while (other && other.dataset.seq === undefined) other = neighbour(other, step);
    return other;
  }

  /**
   * Shows a sentence as it is saved now; returns its row, or null after removing one whose text is empty.
   * @param {SentenceData} sentence
   */
  apply(sentence) {
    let row = this.get(sentence.seq);
    if (!sentence.text) {
      if (row) this.remove(row);
      return null;
    }
    const stays = row?.dataset.startMs === String(sentence.start_ms);
    row ??= emptyRow();
    fillRow(row, sentence);
    if (sentence.who) tellWho(row, sentence);
    if (sentence.translation)
      import("app/shared/translation").then(
        (module) => module.translate(sentence),
        () => {},
      );
    if (stays) return row;
    const edit = query(row, ".row-edit", HTMLAnchorElement);
    const time = query(row, ".when", HTMLTimeElement).textContent ?? "";
    edit.href = `${this.url}utterances/${sentence.seq}/`;
    edit.setAttribute("aria-label", gettext("Edit %(time)s", { time }));
    this.insert(row);
    return row;
  }

  /**
   * Inserts an element with `data-start-ms` or `data-at-ms` at its time.
   * @param {HTMLElement} row
   */
  insert(row) {
    if (isInPlace(row)) return;
    const before = row.parentElement;
    row.remove();
    const [place, next] = this.#placeOf(row);
    place.insertBefore(row, next);
    if (next && !IS_SPACELESS.test(next.textContent ?? "")) row.after(" ");
    if (row.previousSibling instanceof HTMLElement && !IS_SPACELESS.test(row.textContent ?? "")) row.before(" ");
    if (before) dropEmpty(before);
  }

  /**
   * Removes a row, and its paragraph if nothing else is in it.
   * @param {HTMLElement} row
   */
  remove(row) {
    const paragraph = row.parentElement;
    row.remove();
    if (paragraph) dropEmpty(paragraph);
  }

  /**
   * The paragraph of a row that is not on the page, and the row before which it belongs there, or null.
   * @param {HTMLElement} row
   * @returns {[HTMLElement, HTMLElement | null]}
   */
  #placeOf(row) {
    const paragraphs = queryAll(this.element, ":scope > .paragraph", HTMLElement);
    const index = paragraphs.findLastIndex((each) => isBefore(query(each, ".row", HTMLElement), row));
    const rows = index < 0 ? [] : queryAll(paragraphs[index], ":scope > .row", HTMLElement);
    const next = rows.find((each) => isBefore(row, each)) ?? null;
    if (next) return [paragraphs[index], next];
    // A note stands before what follows it.
    const isNote = row.dataset.seq === undefined && paragraphs[index + 1];
    if (index >= 0 && !isNote) return [paragraphs[index], null];
    const paragraph = paragraphs[index + 1] ?? this.#newParagraph();
    return [paragraph, optional(paragraph, ":scope > .row", HTMLElement)];
  }

  #newParagraph() {
    const paragraph = document.createElement("div");
    paragraph.className = "paragraph";
    this.element.append(paragraph);
    return paragraph;
  }
}

/** @param {HTMLElement} paragraph */
function dropEmpty(paragraph) {
  if (!paragraph.querySelector(".row")) paragraph.remove();
}

/** @param {HTMLElement} row */
function isInPlace(row) {
  const [before, after] = [neighbour(row, -1), neighbour(row, 1)];
  return row.isConnected && (!before || isBefore(before, row)) && (!after || isBefore(row, after));
}

/**
 * @param {HTMLElement} row
 * @param {number} step
 */
function neighbour(row, step) {
  const paragraph = row.parentElement;
  const sibling = step < 0 ? row.previousElementSibling : row.nextElementSibling;
  const other = step < 0 ? paragraph?.previousElementSibling : paragraph?.nextElementSibling;
  const found = sibling ?? (step < 0 ? other?.lastElementChild : other?.firstElementChild);
  return found instanceof HTMLElement ? found : null;
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
