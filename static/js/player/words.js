import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { placeOf, pressedAt, rangeOf } from "app/shared/text-places";
import { wordsOf } from "app/transcript/words";

const HIGHLIGHT = "heard";

/**
 * The words of a transcript's page and when they were said: which one is being heard, and which one somebody points at.
 * The page's own elements stay as they are; what changes in them is looked at anew.
 */
export class PlayerWords {
  #rows;
  #known = new WeakMap();
  #list = null;
  #now = null;
  #last = null;
  #ms = 0;
  #shown = "";
  #events = new AbortController();
  #observers = [];

  /** `rows` is the element around them; `chosen(ms)` follows when somebody chooses a word or a sentence's time. */
  constructor(rows, chosen) {
    this.#rows = rows;
    this.#offer();
    this.#watch({ childList: true, subtree: true }, () => this.#offer());
    this.#watch({ subtree: true, attributeFilter: ["data-start-ms", "data-end-ms"] });
    this.#listen(chosen);
  }

  /** When sentences were said, as `{start, end}` in milliseconds, in the order of time. */
  spans() {
    this.#list ??= this.#all()
      .map((row) => ({ row, ...spanOf(row) }))
      .sort((a, b) => a.start - b.start);
    return this.#list;
  }

  /** Marks what is heard at a time; returns the `{start, end}` of its sentence, or null between sentences. */
  show(ms) {
    const row = this.#rowAt(ms);
    this.#ms = ms;
    if (row !== this.#now) this.#turn(row);
    this.#mark(row, ms);
    return row && spanOf(row);
  }

  /** When the word was said that the page was opened at: the first hit of a search in the row `id`, or that row. */
  async startOf(id) {
    const row = this.#all().find((each) => each.id === id);
    if (!row) return null;
    const hit = row.querySelector("mark");
    return this.#startAt(row, hit ? placeOf(textOf(row), hit, 0) : 0);
  }

  close() {
    this.#events.abort();
    for (const observer of this.#observers) observer.disconnect();
    this.#turn(null);
    CSS.highlights?.delete(HIGHLIGHT);
  }

  #all() {
    return [...this.#rows.querySelectorAll("[data-seq]")];
  }

  #watch(what, changed = () => {}) {
    const observer = new MutationObserver(() => {
      this.#list = null;
      changed();
    });
    observer.observe(this.#rows, what);
    this.#observers.push(observer);
  }

  #rowAt(ms) {
    const said = this.spans().findLast(({ start }) => start <= ms);
    return said && ms < said.end ? said.row : null;
  }

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

  #mark(row, ms) {
    const words = row && !row.classList.contains("editing") ? (this.#known.get(row)?.words ?? []) : [];
    const word = words.findLast(({ start }) => start <= ms);
    const shown = word ? `${row.id} ${word.from} ${row.dataset.version}` : "";
    if (shown === this.#shown || !window.Highlight) return;
    this.#shown = shown;
    const range = word && rangeOf(textOf(row), word.from, word.to);
    if (range) CSS.highlights.set(HIGHLIGHT, new Highlight(range));
    else CSS.highlights.delete(HIGHLIGHT);
  }

  /** Has the words of a row fetched, if it is not known how they stand. */
  async #learn(row) {
    const { version } = row.dataset;
    const known = this.#known.get(row);
    if (known?.version === version) return known.ready;
    const entry = { version, words: known?.words ?? [], ready: null };
    entry.ready = (async () => {
      try {
        entry.words = placed(await wordsOf(row), textOf(row).textContent);
        if (row === this.#now) this.#mark(row, this.#ms);
      } catch {
        // Without them, sentences are marked and played as wholes; the next time they are asked for again.
        this.#known.delete(row);
      }
    })();
    this.#known.set(row, entry);
    return entry.ready;
  }

  async #startAt(row, offset) {
    await this.#learn(row);
    const words = this.#known.get(row)?.words ?? [];
    return words.findLast(({ from }) => from <= offset)?.start ?? spanOf(row).start;
  }

  /** The time of each sentence is a button, and so is each place in which nothing could be made out. */
  #offer() {
    for (const place of this.#rows.querySelectorAll(".unclear:not([role])")) {
      place.setAttribute("role", "button");
      place.tabIndex = 0;
      place.title = gettext("Nothing could be made out here. Play it.");
    }
    for (const row of this.#all()) {
      const when = row.querySelector(".when");
      if (when.getAttribute("role") === "button") continue;
      when.setAttribute("role", "button");
      when.tabIndex = 0;
      when.setAttribute("aria-label", toPlay(row));
    }
  }

  #listen(chosen) {
    const signal = this.#events.signal;
    this.#rows.addEventListener(
      "click",
      async (event) => {
        const row = event.target.closest("[data-seq]");
        // A second click opens the sentence for editing; one that ends a selection is no choice.
        if (!row || event.detail > 1 || event.ctrlKey || event.metaKey || event.shiftKey) return;
        if (event.target.closest(".when")) chosen(spanOf(row).start);
        else if (event.target.closest("[data-text]") && window.getSelection().isCollapsed) {
          chosen(await this.#startAt(row, pressedAt(textOf(row), event) ?? 0));
        }
      },
      { signal },
    );
    this.#rows.addEventListener(
      "keydown",
      async (event) => {
        const { target } = event;
        if (!target.matches(".when, .unclear") || !["Enter", " "].includes(event.key)) return;
        event.preventDefault();
        const row = target.closest("[data-seq]");
        const isPlace = target.matches(".unclear");
        chosen(isPlace ? await this.#startAt(row, placeOf(textOf(row), target, 0)) : spanOf(row).start);
      },
      { signal },
    );
    this.#rows.addEventListener(
      "focusin",
      ({ target }) => {
        if (!target.matches(".when")) return;
        target.setAttribute("aria-label", toPlay(target.closest("[data-seq]")));
      },
      { signal },
    );
  }
}

/** Words with their places in a text, `{from, to, start}`; those that do not stand there any more are left out. */
export function placed(words, text) {
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

function toPlay(row) {
  return gettext("Play from %(time)s", { time: clockText(spanOf(row).start) });
}

function textOf(row) {
  return row.querySelector("[data-text]");
}

function spanOf({ dataset }) {
  return { start: Number(dataset.startMs), end: Number(dataset.endMs) };
}

function isSeen(row) {
  const { top, bottom } = row.getBoundingClientRect();
  return bottom > 0 && top < window.innerHeight;
}
