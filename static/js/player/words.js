import { clockText } from "app/shared/clock";
import { closest, optional, query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { placeOf, pressedAt, rangeOf } from "app/shared/text-places";
import { wordsOf } from "app/transcript/words";

/**
 * @import { Span } from "app/player/silence"
 * @typedef {{from: number, to: number, start: number}} Placed - Where a word is in its text, and when it was said.
 * @typedef {object} Known - What is known of the words of a row.
 * @property {string | undefined} version - Of its text.
 * @property {Placed[]} words
 * @property {Promise<void>} ready
 */

const HIGHLIGHT = "heard";

/**
 * The words of a transcript's page and when they were said: which one is being heard, and which one somebody points at.
 * The page's own elements stay as they are; what changes in them is looked at anew.
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
   * `rows` is the element around them; `chosen(ms)` follows when somebody chooses a word or a sentence's time.
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

  /** When sentences were said, in the order of time. */
  spans() {
    this.#list ??= this.#all()
      .map((row) => ({ row, ...spanOf(row) }))
      .sort((a, b) => a.start - b.start);
    return this.#list;
  }

  /**
   * Marks what is heard at a time; returns when its sentence was said, or null between sentences.
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
   * When the word was said that the page was opened at: the first hit of a search in the row `id`, or that row.
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
    // Who has scrolled away from what was heard reads elsewhere.
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
   * Has the words of a row fetched, if it is not known how they stand.
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
      // Without them, sentences are marked and played as wholes; the next time they are asked for again.
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

  /** The time of each sentence is a button, and so is each place in which nothing could be made out. */
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
    // A second click opens the sentence for editing; one that ends a selection is no choice.
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
 * Words with their places in a text; those that do not stand there any more are left out.
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
