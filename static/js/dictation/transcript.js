import { closest, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { emptyRow, fillRow, setStart, textElement, textOf } from "app/shared/row";

/** @import { Recovered } from "app/dictation/messages" */
/** @import { SentenceData } from "app/shared/row" */

/**
 * @typedef {object} Unsaved - Words that are looked for in the sound that is kept.
 * @property {number} start_ms
 * @property {number} end_ms - They were said before it.
 * @property {string} text - As it was read so far.
 */

/** The log of saved sentences: each once, in the order of speaking, whatever order and however often they arrive. */
export class Transcript {
  #log;
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  /** @type {{row: HTMLElement, start_ms: number, end_ms: number}[]} */
  #unsaved = [];
  #contiguous = 0;
  #savedUntil = 0;
  #events = new AbortController();

  /** @param {HTMLElement} log - The rows that the server has written into it are taken over. */
  constructor(log) {
    this.#log = log;
    const { signal } = this.#events;
    log.addEventListener("animationend", ({ target }) => markSettled(target), { signal });
    for (const row of queryAll(log, "[data-seq]", HTMLElement)) this.#register(Number(row.dataset.seq), row);
  }

  get count() {
    return [...this.#rows.values()].filter((row) => !row.hidden).length;
  }

  /** The highest seq up to which none is missing. */
  get lastSeq() {
    return this.#contiguous;
  }

  /** Up to where of the session's clock, in milliseconds, words are saved. */
  get savedUntil() {
    return this.#savedUntil;
  }

  /** Whether a saved sentence is missing between those that are here. */
  get hasGap() {
    return this.#rows.size > this.#contiguous;
  }

  /**
   * Writes a sentence down; one that is here already is corrected where it stands, if this is a later version.
   * @param {SentenceData} sentence
   */
  add(sentence) {
    const { seq, start_ms, end_ms } = sentence;
    const before = this.#rows.get(seq);
    if (before) return this.#correct(before, sentence);
    const row = emptyRow();
    row.classList.add("settling");
    write(row, sentence);
    const replaced = this.#unsaved.find((each) => start_ms < each.end_ms && each.start_ms < end_ms);
    if (replaced) {
      // What was read of it stays where it is.
      replaced.row.replaceWith(row);
      this.#unsaved = this.#unsaved.filter((each) => each !== replaced);
    } else {
      this.#insert(row);
    }
    this.#register(seq, row);
  }

  /**
   * Takes over later versions of many sentences at once, which are not read out: their words were heard before.
   * @param {SentenceData[]} sentences
   */
  addSilently(sentences) {
    const { ariaLive } = this.#log;
    this.#log.ariaLive = "off";
    for (const sentence of sentences) this.add(sentence);
    setTimeout(() => {
      this.#log.ariaLive = ariaLive;
    });
  }

  /**
   * Shows words whose worker is gone: what is found of them in the sound takes their place.
   * @param {Unsaved} unsaved
   */
  addUnsaved({ start_ms, end_ms, text }) {
    const isSaved = [...this.#rows.values()].some(
      (row) => Number(row.dataset.startMs) < end_ms && start_ms < Number(row.dataset.endMs),
    );
    if (isSaved) return;
    const row = unsavedRow(start_ms, text);
    this.#insert(row);
    this.#unsaved.push({ row, start_ms, end_ms });
  }

  /**
   * Everything found in a time range is here: what was not found leaves the page.
   * @param {Recovered} range
   */
  removeUnsaved({ start_ms, end_ms }) {
    const within = this.#unsaved.filter((each) => start_ms <= each.start_ms && each.start_ms < end_ms);
    for (const { row } of within) row.remove();
    this.#unsaved = this.#unsaved.filter((each) => !within.includes(each));
  }

  clear() {
    this.#log.replaceChildren();
    this.#rows.clear();
    this.#unsaved = [];
    this.#contiguous = this.#savedUntil = 0;
  }

  close() {
    this.#events.abort();
  }

  /**
   * @param {HTMLElement} row
   * @param {SentenceData} sentence
   */
  #correct(row, sentence) {
    if (Number(row.dataset.version) >= sentence.version) return;
    const isMoved = Number(row.dataset.startMs) !== sentence.start_ms;
    const isOther = textOf(row) !== sentence.text;
    write(row, sentence);
    row.classList.toggle("settling", isOther);
    if (isMoved) {
      row.remove();
      this.#insert(row);
    }
  }

  /**
   * Puts a row where its time is; most belong at the end.
   * @param {HTMLElement} row
   */
  #insert(row) {
    let next = null;
    let last = this.#log.lastElementChild;
    while (last instanceof HTMLElement && isBefore(row, last)) {
      next = last;
      last = last.previousElementSibling;
    }
    this.#log.insertBefore(row, next);
  }

  /**
   * @param {number} seq
   * @param {HTMLElement} row
   */
  #register(seq, row) {
    this.#rows.set(seq, row);
    this.#savedUntil = Math.max(this.#savedUntil, Number(row.dataset.endMs));
    while (this.#rows.has(this.#contiguous + 1)) this.#contiguous += 1;
  }
}

/**
 * What is not saved yet stands behind what is saved of the same moment.
 * @param {HTMLElement} row
 * @param {HTMLElement} other
 */
function isBefore(row, other) {
  const [start, otherStart] = [Number(row.dataset.startMs), Number(other.dataset.startMs)];
  return start < otherStart || (start === otherStart && seqOf(row) < seqOf(other));
}

/** @param {HTMLElement} row */
function seqOf({ dataset }) {
  return dataset.seq ? Number(dataset.seq) : Infinity;
}

/**
 * @param {HTMLElement} row
 * @param {SentenceData} sentence
 */
function write(row, sentence) {
  fillRow(row, sentence);
  // Its words were taken out, or stand in another sentence now.
  row.hidden = !sentence.text;
}

/**
 * @param {number} startMs
 * @param {string} text
 */
function unsavedRow(startMs, text) {
  const row = emptyRow();
  row.classList.add("waiting");
  setStart(row, startMs);
  const note = document.createElement("small");
  note.textContent = gettext("This is being transcribed from the recording.");
  const words = textElement(row);
  // Only what is saved is text of the transcript.
  delete words.dataset.text;
  words.append(text, " ", note);
  return row;
}

/** @param {EventTarget | null} animated */
function markSettled(animated) {
  closest(animated, ".row", HTMLElement)?.classList.remove("settling");
}
