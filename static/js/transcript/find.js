import { closest, query } from "app/shared/dom";
import { gettext, ngettext } from "app/shared/i18n";
import { post, sentenceOf } from "app/shared/requests";
import { textOf } from "app/shared/row";
import { FoundPlaces } from "app/transcript/found-places";

/**
 * @import { Changed, Replaced, Rows } from "app/transcript/rows"
 * @import { Sentence } from "app/transcript/sentence"
 */

/**
 * Callbacks of Find: `sentence` returns the Sentence of a row; `applied` is called when sentences have changed, and
 * `leave` when the editor must close.
 * @typedef {object} FindEvents
 * @property {(row: HTMLElement) => Sentence} sentence
 * @property {(changed: Changed) => Promise<void>} applied
 * @property {() => void} leave
 */

/** Find and replace within the transcript. */
export class Find {
  #rows;
  #bar;
  #opener;
  #on;
  #sought;
  #written;
  #places;
  /** @type {string | null} */
  #change = null;
  #isAsking = false;
  #events = new AbortController();

  /**
   * @param {Rows} rows
   * @param {HTMLFormElement} bar
   * @param {HTMLButtonElement} opener
   * @param {FindEvents} on
   */
  constructor(rows, bar, opener, on) {
    this.#rows = rows;
    this.#bar = bar;
    this.#opener = opener;
    this.#on = on;
    this.#sought = this.#input("#find-sought");
    this.#written = this.#input("#find-written");
    this.#places = new FoundPlaces(rows);
    this.#listen();
    opener.hidden = false;
  }

  /** Searches again after sentences have changed. */
  refresh() {
    if (this.#bar.hidden) return;
    this.#look();
    this.#show({ scroll: false });
  }

  close() {
    this.#events.abort();
    this.#places.unmark();
  }

  #listen() {
    const { signal } = this.#events;
    const bar = this.#bar;
    this.#opener.addEventListener("click", () => (bar.hidden ? this.#openBar() : this.#closeBar()), { signal });
    bar.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        this.#go(1);
      },
      { signal },
    );
    bar.addEventListener("input", ({ target }) => target !== this.#written && this.#search(), { signal });
    bar.addEventListener("keydown", ({ key }) => key === "Escape" && this.#closeBar(), { signal });
    bar.addEventListener("click", ({ target }) => this.#do(closest(target, "[data-do]", HTMLElement)?.dataset.do), {
      signal,
    });
  }

  get #matching() {
    return {
      matchCase: this.#input("#find-case").checked,
      wholeWords: this.#input("#find-words").checked,
    };
  }

  #openBar() {
    this.#bar.hidden = false;
    this.#opener.setAttribute("aria-expanded", "true");
    this.#on.leave();
    this.#sought.focus();
    this.#sought.select();
    this.#search();
  }

  #closeBar() {
    this.#bar.hidden = true;
    this.#opener.setAttribute("aria-expanded", "false");
    this.#places.unmark();
    this.#opener.focus();
  }

  #search() {
    this.#look();
    this.#places.first();
    // Scrolls only if the bar is sticky, so that the field stays in sight while the user types.
    this.#show({ scroll: getComputedStyle(this.#bar).position === "sticky" });
  }

  #look() {
    this.#places.find(this.#sought.value, this.#matching);
  }

  /** @param {number} step */
  #go(step) {
    this.#places.go(step);
    if (this.#places.count) this.#show();
  }

  #show({ scroll = true } = {}) {
    const { count, number, current } = this.#places;
    const isSought = this.#sought.value.trim() !== "";
    if (count) this.#say(gettext("%(number)s of %(count)s", { number, count }));
    else this.#say(isSought ? gettext("Not found") : "");
    this.#places.mark();
    if (scroll) current?.row.scrollIntoView({ block: "center" });
  }

  /** @param {string} [what] */
  async #do(what) {
    if (what === "close") this.#closeBar();
    if (this.#isAsking) return;
    if (what === "previous") this.#go(-1);
    try {
      if (what === "replace") await this.#replace();
      if (what === "all") await this.#replaceAll();
      if (what === "take-back") await this.#takeBack();
    } catch (error) {
      this.#say(sentenceOf(error));
    }
  }

  async #replace() {
    const place = this.#places.current;
    if (!place) return;
    const { row, start, end } = place;
    const text = textOf(row);
    const written = this.#written.value;
    const sentence = this.#on.sentence(row);
    sentence.begin();
    sentence.change(text.slice(0, start) + written + text.slice(end));
    await sentence.flush();
    this.#look();
    this.#places.goTo(row, start + written.length);
    this.#show();
  }

  async #replaceAll() {
    const { matchCase, wholeWords } = this.#matching;
    const fields = {
      sought: this.#sought.value,
      written: this.#written.value,
      ...(matchCase && { match_case: "on" }),
      ...(wholeWords && { whole_words: "on" }),
    };
    /** @type {Replaced} */
    const answer = await this.#ask("replace/", fields, gettext("Replacing…"));
    await this.#on.applied(answer);
    this.#offerUndo(answer.change);
    const count = answer.places;
    this.#say(ngettext("%(count)s place changed", "%(count)s places changed", count, { count }));
  }

  async #takeBack() {
    await this.#on.applied(await this.#ask(`changes/${this.#change}/undo/`, {}, gettext("Undoing…")));
    this.#offerUndo(null);
    this.#sought.focus();
    this.#say(gettext("Undone"));
  }

  /**
   * Posts a request and shows `meanwhile` until the answer: in a long transcript it takes a while.
   * @param {string} path
   * @param {Record<string, string>} fields
   * @param {string} meanwhile
   */
  async #ask(path, fields, meanwhile) {
    this.#isAsking = true;
    this.#say(meanwhile);
    try {
      return await post(`${this.#rows.url}${path}`, fields);
    } finally {
      this.#isAsking = false;
    }
  }

  /** @param {string | null} change */
  #offerUndo(change) {
    this.#change = change;
    query(this.#bar, "[data-do=take-back]", HTMLButtonElement).hidden = !change;
  }

  /** @param {string} sentence */
  #say(sentence) {
    query(this.#bar, "#find-count", HTMLElement).textContent = sentence;
  }

  /** @param {string} selector */
  #input(selector) {
    return query(this.#bar, selector, HTMLInputElement);
  }
}
