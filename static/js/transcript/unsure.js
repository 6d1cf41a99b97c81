import { closest, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { getJson, sentenceOf } from "app/shared/requests";
import { markWords, unmarkWords } from "app/transcript/words";

/**
 * @import { Rows } from "app/transcript/rows"
 * @import { Word } from "app/transcript/words"
 */

/** Marks the words with a low probability while its button is pressed. */
export class UnsureWords {
  #rows;
  #button;
  #told;
  #events = new AbortController();

  /**
   * @param {Rows} rows
   * @param {HTMLButtonElement} button
   * @param {(sentence: string) => void} told - Called with a sentence about what went wrong.
   */
  constructor(rows, button, told) {
    this.#rows = rows;
    this.#button = button;
    this.#told = told;
    button.hidden = false;
    button.addEventListener("click", () => this.#toggle(), { signal: this.#events.signal });
  }

  get #isOn() {
    return this.#button.getAttribute("aria-pressed") === "true";
  }

  /** Marks the words again after sentences have changed. */
  refresh() {
    if (this.#isOn) this.#mark();
  }

  close() {
    this.#events.abort();
  }

  async #toggle() {
    const on = !this.#isOn;
    this.#button.setAttribute("aria-pressed", String(on));
    if (!on) return this.#clear();
    const first = await this.#mark();
    first?.scrollIntoView({ block: "center" });
  }

  /** Marks the words; returns the element of the first, if any. */
  async #mark() {
    /** @type {{rows: {seq: number, version: number, words: Word[]}[], below: number}} */
    let answer;
    try {
      answer = await getJson(`${this.#rows.url}unsure/`);
    } catch (error) {
      this.#told(sentenceOf(error));
      return null;
    }
    if (!this.#isOn) return null;
    this.#clear();
    const found = answer.rows.flatMap(({ seq, version, words }) => {
      const row = this.#rows.get(seq);
      if (!row || Number(row.dataset.version) !== version) return [];
      return markWords(row, words, ({ probability }) => probability < answer.below) ?? [];
    });
    this.#button.textContent = gettext("Possible mistakes (%(count)s)", { count: found.length });
    return found[0];
  }

  #clear() {
    const rows = queryAll(this.#rows.element, ".unsure", HTMLElement).map((each) => closest(each, ".row", HTMLElement));
    for (const row of new Set(rows)) if (row) unmarkWords(row);
  }
}
