import { clockText } from "app/shared/clock";
import { closest, optional, query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { placeOf, pressedAt, rangeOf } from "app/shared/text-places";
import { wordsOf } from "app/transcript/words";

/**
 * @import { Span } from "app/player/silence"
 * @typedef {{from: number, to: number, start: number}} Placed - A word's place in its text, and the time at which it
 *   was spoken.
 * @typedef {object} Known - The words of a row, as far as they are loaded.
 * @property {string | undefined} version - The version of the text for which they were requested.
 * @property {Placed[]} words
 * @property {Promise<void>} ready
 */

const HIGHLIGHT = "heard";

/**
 * The words of a transcript's page with their times: marks the word being played, and tells when the user chooses one.
 * The elements of the page stay unchanged; when they change, times are read again.
 */
export class PlayerWords {
  #rows;
  /** @type {WeakMap<HTMLElement, Known>} */
  #known = new WeakMap();
  /** @type {(Span & {row: HTMLElement})[] | null} */
  #list = null;
  /** @type {HTMLElement | null} */
  #now = null;
  /** @type {HTMLElement | null} */
  #last = null;
  #ms = 0;
  #shown = "";
  #events = new AbortController();
  /** @type {MutationObserver[]} */
  #observers = [];

  /**
   * `rows` is the element around the rows; `chosen(ms)` is called when the user chooses a word or a sentence's time.
   * @param {HTMLElement} rows
   * @param {(ms: number) => void} chosen
   */
  constructor(rows, chosen) {
    this.#rows = rows;
    this.#offer();
    this.#watch({ childList: true, subtree: true }, () => this.#offer());
    this.#watch({ subtree: true, attributeFilter: ["data-start-ms", "data-end-ms"] });
    this.#listen(chosen);
  }

  /** The times of the sentences, ordered by time. */
  spans() {
    this.#list ??= this.#all()
      .map((row) => ({ row, ...spanOf(row) }))
      .sort((a, b) => a.start - b.start);
    return this.#list;
  }

  /**
   * Marks the word and the sentence at a time; returns the times of the sentence, or null between sentences.
   * @param {number} ms
   */
  show(ms) {
    const row = this.#rowAt(ms);
    this.#ms = ms;
    if (row !== this.#now) this.#turn(row);
    this.#mark(row, ms);
    return row && spanOf(row);
  }

  /**
   * The start in milliseconds of the first search hit in the row `id`, or of the row without one; null without the row.
   * @param {string} id
   */
  async startOf(id) {
    const row = this.#all().find((each) => each.id === id);
    if (!row) return null;
    const hit = optional(row, "mark", HTMLElement);
    return this.#startAt(row, hit ? placeOf(textOf(row), hit, 0) : 0);
  }

  close() {
    this.#events.abort();
    for (const observer of this.#observers) observer.disconnect();
    this.#turn(null);
    CSS.highlights?.delete(HIGHLIGHT);
  }

  #all() {
    return queryAll(this.#rows, "[data-seq]", HTMLElement);
  }

  /**
   * @param {MutationObserverInit} what
   * @param {() => void} [changed]
   */
  #watch(what, changed = () => {}) {
    const observer = new MutationObserver(() => {
      this.#list = null;
      changed();
    });
    observer.observe(this.#rows, what);
    this.#observers.push(observer);
  }

  /** @param {number} ms */
  #rowAt(ms) {
    const said = this.spans().findLast(({ start }) => start <= ms);
    return said && ms < said.end ? said.row : null;
  }

  /** @param {HTMLElement | null} row */
  #turn(row) {
    this.#now?.classList.remove("playing");
    this.#now = row;
    row?.classList.add("playing");
    if (!row) return;
    const spans = this.spans();
    const next = spans[spans.findIndex((span) => span.row === row) + 1];
    this.#learn(row);
    if (next) this.#learn(next.row);
    // A reader who has scrolled away from the last sentence is reading elsewhere.
    if (this.#last === null || isSeen(this.#last)) row.scrollIntoView({ block: "nearest" });
    this.#last = row;
  }

  /**
   * @param {HTMLElement | null} row
   * @param {number} ms
   */
  #mark(row, ms) {
    const words = row && !row.classList.contains("editing") ? (this.#known.get(row)?.words ?? []) : [];
    const word = words.findLast(({ start }) => start <= ms);
    const shown = row && word ? `${row.id} ${word.from} ${row.dataset.version}` : "";
    if (shown === this.#shown || !window.Highlight) return;
    this.#shown = shown;
    const range = row && word && rangeOf(textOf(row), word.from, word.to);
    if (range) CSS.highlights.set(HIGHLIGHT, new Highlight(range));
    else CSS.highlights.delete(HIGHLIGHT);
  }

  /**
   * Loads the words of a row, unless those of its current version are loaded.
   * @param {HTMLElement} row
   */
  async #learn(row) {
    const { version } = row.dataset;
    const known = this.#known.get(row);
    if (known && known.version === version) return known.ready;
    /** @type {Known} */
    const entry = { version, words: known?.words ?? [], ready: Promise.resolve() };
    entry.ready = this.#fetch(row, entry);
    this.#known.set(row, entry);
    return entry.ready;
  }

  /**
   * @param {HTMLElement} row
   * @param {Known} entry
   */
  async #fetch(row, entry) {
    try {
      entry.words = placed(await wordsOf(row), textOf(row).textContent);
      if (row === this.#now) this.#mark(row, this.#ms);
    } catch {
      // Without its words, a sentence is marked and played as a whole; the next time they are requested again.
      this.#known.delete(row);
    }
  }

  /**
   * @param {HTMLElement} row
   * @param {number} offset
   */
  async #startAt(row, offset) {
    await this.#learn(row);
    const words = this.#known.get(row)?.words ?? [];
    return words.findLast(({ from }) => from <= offset)?.start ?? spanOf(row).start;
  }

  /** Makes a button of the time of each sentence, and of each unclear place. */
  #offer() {
    for (const place of queryAll(this.#rows, ".unclear:not([role])", HTMLElement)) {
      place.setAttribute("role", "button");
      place.tabIndex = 0;
      place.title = gettext("Nothing could be understood here. Play it.");
    }
    for (const row of this.#all()) {
      const when = query(row, ".when", HTMLElement);
      if (when.getAttribute("role") === "button") continue;
      when.setAttribute("role", "button");
      when.tabIndex = 0;
      when.setAttribute("aria-label", toPlay(row));
    }
  }

  /** @param {(ms: number) => void} chosen */
  #listen(chosen) {
    const { signal } = this.#events;
    this.#rows.addEventListener("click", (event) => this.#clicked(event, chosen), { signal });
    this.#rows.addEventListener("keydown", (event) => this.#pressed(event, chosen), { signal });
    this.#rows.addEventListener("focusin", ({ target }) => this.#focused(target), { signal });
  }

  /**
   * @param {MouseEvent} event
   * @param {(ms: number) => void} chosen
   */
  async #clicked(event, chosen) {
    const row = closest(event.target, "[data-seq]", HTMLElement);
    // A double click edits the sentence instead, and a click that ends a text selection does not choose a word.
    if (!row || event.detail > 1 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (closest(event.target, ".when", HTMLElement)) chosen(spanOf(row).start);
    else if (closest(event.target, "[data-text]", HTMLElement) && window.getSelection()?.isCollapsed) {
      chosen(await this.#startAt(row, pressedAt(textOf(row), event) ?? 0));
    }
  }

  /**
   * @param {KeyboardEvent} event
   * @param {(ms: number) => void} chosen
   */
  async #pressed(event, chosen) {
    const { target } = event;
    const row = closest(target, "[data-seq]", HTMLElement);
    if (!row || !(target instanceof Element) || !["Enter", " "].includes(event.key)) return;
    if (!target.matches(".when, .unclear")) return;
    event.preventDefault();
    const isPlace = target.matches(".unclear");
    chosen(isPlace ? await this.#startAt(row, placeOf(textOf(row), target, 0)) : spanOf(row).start);
  }

  /** @param {EventTarget | null} target */
  #focused(target) {
    const row = closest(target, "[data-seq]", HTMLElement);
    if (row && target instanceof Element && target.matches(".when")) target.setAttribute("aria-label", toPlay(row));
  }
}

/**
 * Finds the places of words in a text; leaves out words that are no longer in it.
 * @param {{text: string, start_ms: number}[]} words
 * @param {string} text
 */
export function placed(words, text) {
  /** @type {Placed[]} */
  const found = [];
  let after = 0;
  for (const { text: word, start_ms: start } of words) {
    const said = word.trim();
    const from = said ? text.indexOf(said, after) : -1;
    if (from < 0) continue;
    after = from + said.length;
    found.push({ from, to: after, start });
  }
  return found;
}

/** @param {HTMLElement} row */
function toPlay(row) {
  return gettext("Play from %(time)s", { time: clockText(spanOf(row).start) });
}

/** @param {HTMLElement} row */
function textOf(row) {
  return query(row, "[data-text]", HTMLElement);
}

/** @param {HTMLElement} row */
function spanOf({ dataset }) {
  return { start: Number(dataset.startMs), end: Number(dataset.endMs) };
}

/** @param {HTMLElement} row */
function isSeen(row) {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}
