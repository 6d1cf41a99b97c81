import { following, join } from "app/dictation/joining";
import { optional, query, queryAll } from "app/shared/dom";
import { setLanguage } from "app/shared/row";
import { setSource } from "app/shared/sources";

/** @import { Partial } from "app/dictation/messages" */

/**
 * @typedef {object} OpenUtterance
 * @property {number} start_ms
 * @property {string} stable
 * @property {string} tentative
 * @property {string} language
 * @property {boolean} shared - Whether it is from the shared sound.
 * @property {number} touchedAt - When its last partial arrived, by `performance.now()`.
 *
 * @typedef {object} TailRow
 * @property {string | null} utterance - Null for a sentence that only seems to begin.
 * @property {string} stable
 * @property {string} tentative
 * @property {string} language
 * @property {boolean} shared
 *
 * @typedef {object} Dropped
 * @property {number} start_ms - When the first of the words was spoken, on the session's clock.
 * @property {string} text
 * @property {string} language
 * @property {number} touchedAt - When the last of the words arrived, by `performance.now()`.
 */

/**
 * The text that is not saved yet: one row for each open utterance, in order, with its stable words in colour.
 *
 * A sentence that seems to begin gets its own row from its first word on, and a finished utterance becomes a row of the
 * log in the same place, so that words already read do not move.
 */
export class Tail {
  #element;
  /** @type {Map<string, OpenUtterance>} */
  #open = new Map();
  #rows;
  // The sentences after an utterance that is finished, until they arrive as an utterance of their own.
  /** @type {{utterance: string, sentences: string[], shared: boolean} | null} */
  #next = null;

  /** @param {HTMLElement} element - The container, with one row in it. */
  constructor(element) {
    this.#element = element;
    this.#rows = queryAll(element, ":scope > *", HTMLElement);
  }

  /**
   * Shows or hides the caret at which words will appear.
   * @param {boolean} value
   */
  set isShown(value) {
    this.#element.hidden = !value;
  }

  /**
   * Shows a partial from the server; one without words removes its utterance.
   * @param {Partial} partial
   */
  set({ utterance, start_ms, stable, tentative, language, shared = false }) {
    const before = this.#open.get(utterance);
    const touchedAt = performance.now();
    if (stable || tentative) this.#open.set(utterance, { start_ms, stable, tentative, language, shared, touchedAt });
    else this.#open.delete(utterance);
    const isDone = before && stable && !tentative;
    // What one says does not end what the other has just said.
    if (isDone) this.#next = { utterance, shared, sentences: following(before.stable, before.tentative).slice(1) };
    else if (this.#next?.shared === shared) this.#next = null;
    this.#render();
  }

  /**
   * Removes an utterance that has been saved.
   * @param {string} utterance
   */
  remove(utterance) {
    if (this.#open.has(utterance)) this.#removeRow(this.#wanted().findIndex((row) => row.utterance === utterance));
    this.#open.delete(utterance);
    if (this.#next?.utterance === utterance) this.#next = null;
    this.#render();
  }

  /**
   * Removes the utterances whose last partial came before a moment of `performance.now()`; null if there are none.
   * @param {number} moment
   * @returns {Dropped | null}
   */
  drop(moment) {
    const untouched = [...this.#open].filter(([, each]) => each.touchedAt < moment);
    if (!untouched.length) return null;
    for (const [utterance] of untouched) this.#open.delete(utterance);
    this.#next = null;
    this.#render();
    const lost = untouched.map(([, each]) => each).sort((a, b) => a.start_ms - b.start_ms);
    return {
      start_ms: lost[0].start_ms,
      text: lost.map((each) => join(each.stable, each.tentative)).reduce((before, after) => join(before, after)),
      language: lost[0].language,
      touchedAt: Math.max(...lost.map((each) => each.touchedAt)),
    };
  }

  clear() {
    this.#open.clear();
    this.#next = null;
    this.#render();
  }

  /**
   * The rows to show now.
   * @returns {TailRow[]}
   */
  #wanted() {
    const open = [...this.#open].sort(([, a], [, b]) => a.start_ms - b.start_ms);
    const rows = open.flatMap(([utterance, { stable, tentative, language, shared }]) => {
      const [rest, ...sentences] = following(stable, tentative);
      return [
        { utterance, stable, tentative: rest, language, shared },
        ...sentences.map((sentence) => provisional(sentence, language, shared)),
      ];
    });
    rows.push(...(this.#next?.sentences ?? []).map((sentence) => provisional(sentence, "", this.#next?.shared)));
    return rows.length ? rows : [provisional("")];
  }

  #render() {
    const wanted = this.#wanted();
    while (this.#rows.length > wanted.length) this.#removeRow(this.#rows.length - 1);
    while (this.#rows.length < wanted.length) this.#addRow();
    for (const [number, row] of wanted.entries()) write(this.#rows[number], row);
  }

  #addRow() {
    const last = this.#rows[this.#rows.length - 1];
    const row = document.importNode(last, true);
    query(last, ".caret", HTMLElement).remove();
    write(row, provisional(""));
    this.#rows.push(this.#element.appendChild(row));
  }

  /**
   * Removes a row without changing those after it; one row always remains.
   * @param {number} number
   */
  #removeRow(number) {
    const [row] = this.#rows.splice(number, 1);
    if (!this.#rows.length) {
      this.#rows.push(this.#element.appendChild(document.importNode(row, true)));
    } else if (number === this.#rows.length) {
      query(this.#rows[number - 1], ".words", HTMLElement).append(query(row, ".caret", HTMLElement));
    }
    row.remove();
  }
}

/**
 * @param {string} tentative
 * @param {string} [language]
 * @param {boolean} [shared]
 * @returns {TailRow}
 */
function provisional(tentative, language = "", shared = false) {
  return { utterance: null, stable: "", tentative, language, shared };
}

/**
 * @param {HTMLElement} row
 * @param {TailRow} text
 */
function write(row, { stable, tentative, language, shared }) {
  const wet = query(row, ".stable", HTMLElement);
  const pale = query(row, ".tentative", HTMLElement);
  setLanguage(query(row, ".words", HTMLElement), language);
  setSource(row, shared);
  if (wet.textContent === stable && pale.textContent === tentative) return;
  // Elements after growing text are inserted again, so that browsers do not count their moving as a layout shift.
  wet.textContent = stable;
  pale.textContent = tentative;
  const caret = optional(row, ".caret", HTMLElement);
  caret?.parentElement?.append(caret);
}
