import { closest, optional, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { emptyRow, fillRow, setLanguage, setStart, textElement, textOf } from "app/shared/row";
import { forgetSources } from "app/shared/sources";

/** @import { Recovered } from "app/dictation/messages" */
/** @import { SentenceData } from "app/shared/row" */

/**
 * @typedef {object} Unsaved - Unsaved words that the server is recovering from the recording.
 * @property {number} start_ms
 * @property {number} end_ms - The words were spoken before this time.
 * @property {string} text - The words as last shown.
 * @property {string} language - Its code; empty if unknown.
 */

/** The log of saved sentences: each once and in the order of time, however often and in whatever order they arrive. */
export class Transcript {
  #log;
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  /** @type {{row: HTMLElement, start_ms: number, end_ms: number}[]} */
  #unsaved = [];
  #contiguous = 0;
  #savedUntil = 0;
  /** @type {number | undefined} */
  #quiet;
  #events = new AbortController();

  /** @param {HTMLElement} log - The container; may already hold rows that the server has rendered. */
  constructor(log) {
    this.#log = log;
    const { signal } = this.#events;
    log.addEventListener("animationend", ({ target }) => markSettled(target), { signal });
    for (const row of queryAll(log, "[data-seq]", HTMLElement)) this.#register(Number(row.dataset.seq), row);
  }

  get count() {
    return [...this.#rows.values()].filter((row) => !row.hidden).length;
  }

  /** Whether it shows no words, saved or not. */
  get isEmpty() {
    return this.count === 0 && this.#unsaved.length === 0;
  }

  /** Whether it shows words that are not saved yet. */
  get hasUnsaved() {
    return this.#unsaved.length > 0;
  }

  /** The highest seq up to which no sentence is missing. */
  get lastSeq() {
    return this.#contiguous;
  }

  /** The end of the last saved words, in milliseconds of the session's clock. */
  get savedUntil() {
    return this.#savedUntil;
  }

  /** Whether a saved sentence is missing between those shown. */
  get hasGap() {
    return this.#rows.size > this.#contiguous;
  }

  /**
   * Shows a sentence; if it is shown already, replaces it in place if this is a later version.
   * @param {SentenceData} sentence
   */
  add(sentence) {
    const { seq, start_ms, end_ms } = sentence;
    // Few are. Without it the transcript still has the translation.
    if (sentence.translation)
      import("app/shared/translation").then(
        ({ translate }) => translate(sentence),
        () => {},
      );
    const before = this.#rows.get(seq);
    if (before) return this.#correct(before, sentence);
    const row = emptyRow();
    row.classList.add("settling");
    write(row, sentence);
    const replaced = this.#unsaved.find((each) => start_ms < each.end_ms && each.start_ms < end_ms);
    if (replaced) {
      // The sentence takes the place of the unsaved words, so that text already read does not move.
      replaced.row.replaceWith(row);
      this.#unsaved = this.#unsaved.filter((each) => each !== replaced);
    } else {
      this.#insert(row);
    }
    this.#register(seq, row);
  }

  /**
   * Shows later versions of sentences without screen readers announcing them: the sentences were announced before.
   * @param {SentenceData[]} sentences
   */
  addSilently(sentences) {
    this.#silently(() => {
      for (const sentence of sentences) this.add(sentence);
    });
  }

  /**
   * Shows words that were lost with their audio worker, until the words recovered from the recording replace them.
   * @param {Unsaved} unsaved
   */
  addUnsaved({ start_ms, end_ms, text, language }) {
    const isSaved = [...this.#rows.values()].some(
      (row) => Number(row.dataset.startMs) < end_ms && start_ms < Number(row.dataset.endMs),
    );
    if (isSaved) return;
    const row = unsavedRow(start_ms, text, language);
    this.#insert(row);
    this.#unsaved.push({ row, start_ms, end_ms });
  }

  /**
   * Puts a row in its place without screen readers announcing it.
   * @param {HTMLElement} row
   */
  placeSilently(row) {
    this.#silently(() => {
      row.remove();
      this.#insert(row);
    });
  }

  /**
   * Removes unsaved words in a time range whose recovery is complete, which means that they were not found.
   * @param {Recovered} range
   */
  removeUnsaved({ start_ms, end_ms }) {
    const within = this.#unsaved.filter((each) => start_ms <= each.start_ms && each.start_ms < end_ms);
    for (const { row } of within) row.remove();
    this.#unsaved = this.#unsaved.filter((each) => !within.includes(each));
  }

  clear() {
    this.#log.replaceChildren();
    forgetSources();
    this.#rows.clear();
    this.#unsaved = [];
    this.#contiguous = this.#savedUntil = 0;
  }

  close() {
    this.#events.abort();
  }

  /** @param {() => void} change */
  #silently(change) {
    if (this.#quiet === undefined) {
      const { ariaLive } = this.#log;
      this.#quiet = setTimeout(() => {
        this.#log.ariaLive = ariaLive;
        this.#quiet = undefined;
      });
    }
    this.#log.ariaLive = "off";
    change();
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
    if (isMoved && !isInPlace(row)) {
      row.remove();
      this.#insert(row);
    }
  }

  /**
   * Inserts a row at its time, searching from the end, where most rows belong.
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
 * Orders by time; at the same time, unsaved rows come after saved ones.
 * @param {HTMLElement} row
 * @param {HTMLElement} other
 */
function isBefore(row, other) {
  const [start, otherStart] = [Number(row.dataset.startMs), Number(other.dataset.startMs)];
  return start < otherStart || (start === otherStart && seqOf(row) < seqOf(other));
}

/** @param {HTMLElement} row */
function isInPlace(row) {
  const { previousElementSibling: before, nextElementSibling: after } = row;
  return (
    (!(before instanceof HTMLElement) || isBefore(before, row)) &&
    (!(after instanceof HTMLElement) || isBefore(row, after))
  );
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
  // Its words were deleted, or moved to another sentence.
  row.hidden = !sentence.text;
}

/**
 * @param {number} startMs
 * @param {string} text
 * @param {string} language
 */
function unsavedRow(startMs, text, language) {
  const row = emptyRow();
  row.classList.add("waiting");
  // They may be from two sources.
  optional(row, ".who", HTMLElement)?.remove();
  setStart(row, startMs);
  const note = document.createElement("small");
  note.textContent = gettext("This is being transcribed from the recording.");
  const words = textElement(row);
  // Unsaved words are not text of the transcript.
  delete words.dataset.text;
  setLanguage(words, language);
  note.lang = document.documentElement.lang;
  words.append(text, " ", note);
  return row;
}

/** @param {EventTarget | null} animated */
function markSettled(animated) {
  closest(animated, ".row", HTMLElement)?.classList.remove("settling");
}
