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
// Until then a second click may come, which edits the sentence instead.
const DOUBLE_MS = 250;

/**
 * The words of a transcript's page with their times: marks the word being played, and tells when the user chooses one.
 * The text of the page stays unchanged; when it changes, times are read again. There may be thousands of rows, so
 * nothing is done for all of them at once: a row's time becomes a button when the row comes into sight or gets the focus.
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
  /** @type {number | undefined} */
  #click;
  #events = new AbortController();
  #changes = new MutationObserver((records) => this.#changed(records));
  #sight = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "50%" });
  #on;

  /**
   * `rows` is the element around the rows; `chosen(ms)` is called when the user chooses a word or a sentence's time, and
   * `edited()` if the choice turns out to be the first half of a double click, which edits.
   * @param {HTMLElement} rows
   * @param {{chosen: (ms: number) => void, edited: () => void}} on
   */
  constructor(rows, on) {
    this.#rows = rows;
    this.#on = on;
    rows.classList.add("plays");
    for (const place of queryAll(rows, ".unclear", HTMLElement)) offerPlace(place);
    for (const paragraph of queryAll(rows, ".paragraph", HTMLElement)) this.#sight.observe(paragraph);
    this.#changes.observe(rows, {
      childList: true,
      subtree: true,
      attributeFilter: ["data-start-ms", "data-end-ms"],
    });
    this.#listen();
  }

  /** The times of the sentences, ordered by time. */
  spans() {
    this.#list ??= queryAll(this.#rows, "[data-seq]", HTMLElement)
      .map((row) => ({ row, ...spanOf(row) }))
      .sort((a, b) => a.start - b.start);
    return this.#list;
  }

  /**
   * Marks the word and the sentence at a time; returns the times of the sentence, or null between sentences.
   * @param {number} ms
   */
  show(ms) {
    // Before anything was played, no word is current.
    const row = ms > 0 || this.#last ? this.#rowAt(ms) : null;
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
    const row = id ? optional(this.#rows, `#${CSS.escape(id)}[data-seq]`, HTMLElement) : null;
    if (!row) return null;
    const hit = optional(row, "mark", HTMLElement);
    return this.#startAt(row, hit ? placeOf(textOf(row), hit, 0) : 0);
  }

  close() {
    this.#events.abort();
    this.#changes.disconnect();
    this.#sight.disconnect();
    clearTimeout(this.#click);
    this.#rows.classList.remove("plays");
    this.#turn(null);
    CSS.highlights?.delete(HIGHLIGHT);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const { target } of entries.filter(({ isIntersecting }) => isIntersecting)) {
      for (const row of queryAll(target, "[data-seq]", HTMLElement)) offerTime(row);
    }
  }

  /** @param {MutationRecord[]} records */
  #changed(records) {
    for (const { type, addedNodes, removedNodes } of records) {
      const changed = [...addedNodes, ...removedNodes].filter((node) => node instanceof HTMLElement);
      if (type === "attributes" || changed.some((element) => element.matches(".row, .paragraph"))) this.#list = null;
      for (const element of changed) {
        if (element.matches(".paragraph")) this.#sight.observe(element);
        if (element.matches(".unclear")) offerPlace(element);
        for (const place of queryAll(element, ".unclear", HTMLElement)) offerPlace(place);
      }
    }
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
    // A page that was just opened stays at its top; a reader who has scrolled away from the last sentence reads elsewhere.
    if (this.#ms > 0 && (this.#last === null || isSeen(this.#last))) row.scrollIntoView({ block: "nearest" });
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

  #listen() {
    const { signal } = this.#events;
    const rows = this.#rows;
    rows.addEventListener("click", (event) => this.#clicked(event), { signal });
    rows.addEventListener("dblclick", (event) => this.#doubleClicked(event), { signal });
    rows.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    for (const name of ["focusin", "pointerover"]) {
      rows.addEventListener(name, ({ target }) => offerTime(closest(target, "[data-seq]", HTMLElement)), { signal });
    }
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const row = closest(event.target, "[data-seq]", HTMLElement);
    clearTimeout(this.#click);
    // A double click edits the sentence instead, and a click that ends a text selection does not choose a word.
    if (!row || event.detail > 1 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (closest(event.target, ".when", HTMLElement)) this.#on.chosen(spanOf(row).start);
    else if (closest(event.target, "[data-text]", HTMLElement) && window.getSelection()?.isCollapsed) {
      const place = pressedAt(textOf(row), event) ?? 0;
      this.#learn(row);
      this.#click = setTimeout(() => this.#play(row, place), event.detail ? DOUBLE_MS : 0);
    }
  }

  /** @param {MouseEvent} event */
  #doubleClicked({ target }) {
    clearTimeout(this.#click);
    if (closest(target, "[data-text]", HTMLElement)) this.#on.edited();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { target } = event;
    const row = closest(target, "[data-seq]", HTMLElement);
    if (!row || !(target instanceof Element) || !["Enter", " "].includes(event.key)) return;
    if (event.altKey || !target.matches(".when, .unclear")) return;
    event.preventDefault();
    if (target.matches(".unclear")) this.#play(row, placeOf(textOf(row), target, 0));
    else this.#on.chosen(spanOf(row).start);
  }

  /**
   * @param {HTMLElement} row
   * @param {number} place
   */
  async #play(row, place) {
    const ms = await this.#startAt(row, place);
    // A second click may have come meanwhile.
    if (!row.classList.contains("editing")) this.#on.chosen(ms);
  }
}

/**
 * Makes a button of a sentence's time, to be reached from the sentence's link with the arrow keys.
 * @param {HTMLElement | null} row
 */
function offerTime(row) {
  const when = row && optional(row, ".when", HTMLElement);
  if (!when) return;
  when.setAttribute("role", "button");
  when.tabIndex = -1;
  when.setAttribute("aria-label", toPlay(row));
}

/**
 * The same for a place that could not be understood.
 * @param {HTMLElement} place
 */
function offerPlace(place) {
  place.setAttribute("role", "button");
  place.tabIndex = -1;
  place.title = gettext("Nothing could be understood here. Play it.");
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
