import { following, join } from "app/dictation/joining";
import { optional, query, queryAll } from "app/shared/dom";

/** @import { Partial } from "app/dictation/messages" */

/**
 * @typedef {object} OpenUtterance
 * @property {number} start_ms
 * @property {string} stable
 * @property {string} tentative
 * @property {number} touchedAt - When its last partial came, of `performance.now()`.
 *
 * @typedef {object} TailRow
 * @property {string | null} utterance - Null where a sentence only seems to begin.
 * @property {string} stable
 * @property {string} tentative
 *
 * @typedef {object} Dropped
 * @property {number} start_ms - When the first of it was said in the session.
 * @property {string} text
 * @property {number} touchedAt - When the last of it came.
 */

/**
 * What is being said: every open utterance in its order, each in a row, the stable words wet, the tentative ones pale.
 *
 * A sentence that seems to follow has a row from its first word on, and an utterance that ends becomes a row of the log
 * in this very place: words that were read do not move.
 */
export class Tail {
  #element;
  /** @type {Map<string, OpenUtterance>} */
  #open = new Map();
  #rows;
  // What followed an utterance that is done, until it comes as an utterance of its own.
  /** @type {{utterance: string, sentences: string[]} | null} */
  #next = null;

  /** @param {HTMLElement} element - It holds one row. */
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
   * Takes over a partial of the server; one without any words takes its utterance away.
   * @param {Partial} partial
   */
  set({ utterance, start_ms, stable, tentative }) {
    const before = this.#open.get(utterance);
    const touchedAt = performance.now();
    if (stable || tentative) this.#open.set(utterance, { start_ms, stable, tentative, touchedAt });
    else this.#open.delete(utterance);
    const isDone = before && stable && !tentative;
    this.#next = isDone ? { utterance, sentences: following(before.stable, before.tentative).slice(1) } : null;
    this.#render();
  }

  /**
   * The utterance is saved: its words leave the tail.
   * @param {string} utterance
   */
  remove(utterance) {
    if (this.#open.has(utterance)) this.#removeRow(this.#wanted().findIndex((row) => row.utterance === utterance));
    this.#open.delete(utterance);
    if (this.#next?.utterance === utterance) this.#next = null;
    this.#render();
  }

  /**
   * Takes away what was not touched since a moment of `performance.now()`; null where there is nothing.
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
      touchedAt: Math.max(...lost.map((each) => each.touchedAt)),
    };
  }

  clear() {
    this.#open.clear();
    this.#next = null;
    this.#render();
  }

  /**
   * The rows as they should be.
   * @returns {TailRow[]}
   */
  #wanted() {
    const open = [...this.#open].sort(([, a], [, b]) => a.start_ms - b.start_ms);
    const rows = open.flatMap(([utterance, { stable, tentative }]) => {
      const [rest, ...sentences] = following(stable, tentative);
      return [{ utterance, stable, tentative: rest }, ...sentences.map(provisional)];
    });
    rows.push(...(this.#next?.sentences ?? []).map(provisional));
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
   * Those after it stay where they are, and one is always there.
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
 * @returns {TailRow}
 */
function provisional(tentative) {
  return { utterance: null, stable: "", tentative };
}

/**
 * @param {HTMLElement} row
 * @param {TailRow} text
 */
function write(row, { stable, tentative }) {
  const wet = query(row, ".stable", HTMLElement);
  const pale = query(row, ".tentative", HTMLElement);
  if (wet.textContent === stable && pale.textContent === tentative) return;
  // What comes after text that grows is put in anew, both of it: it appears in its place and was never moved.
  wet.textContent = stable;
  pale.textContent = tentative;
  const caret = optional(row, ".caret", HTMLElement);
  caret?.parentElement?.append(caret);
}
