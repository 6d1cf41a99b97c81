import { query } from "app/shared/dom";
import { gettext, ngettext } from "app/shared/i18n";
import { post, sentenceOf } from "app/shared/requests";

/** @import { Changed, Replaced, Rows } from "app/transcript/rows" */

/** @typedef {{heard: string, written: string, places: number}} Correction - In how many other places `heard` stands. */

const BUTTONS = ["all", "take-back", "vocabulary", "instead"];

/** The line after a correction: the same everywhere, and what to expect or to write from now on. One at a time. */
export class CorrectionLine {
  #rows;
  #element;
  #applied;
  /** @type {Correction} */
  #correction = { heard: "", written: "", places: 0 };
  /** @type {string | null} */
  #change = null;

  /**
   * @param {Rows} rows
   * @param {HTMLTemplateElement} template
   * @param {(changed: Changed) => void} applied - Hears what changed.
   */
  constructor(rows, template, applied) {
    this.#rows = rows;
    this.#applied = applied;
    this.#element = document.importNode(query(template.content, ".correction", HTMLElement), true);
    for (const name of BUTTONS) this.#button(name).addEventListener("click", () => this.#do(name));
  }

  /**
   * Shows a correction beneath a row; null takes the line away from it.
   * @param {HTMLElement} row
   * @param {Correction | null} correction
   */
  show(row, correction) {
    if (!correction) {
      if (this.#element.parentElement === row) this.close();
      return;
    }
    this.#correction = correction;
    this.#change = null;
    const { heard, written, places } = correction;
    this.#part("[data-heard]").textContent = heard;
    this.#part("[data-written]").textContent = written;
    this.#say(places ? elsewhere(places) : "");
    this.#problem("");
    this.#button("all").hidden = !places;
    this.#button("all").textContent = gettext("Change all %(count)s", { count: places + 1 });
    this.#button("take-back").hidden = true;
    this.#button("vocabulary").hidden = false;
    this.#button("instead").hidden = false;
    if (this.#element.parentElement !== row) row.append(this.#element);
  }

  /**
   * Takes the line away where its sentence is among those that have changed: it stands otherwise now than was told.
   * @param {Changed} changed
   */
  forget({ rows }) {
    const seq = this.#element.parentElement?.dataset.seq;
    if (rows.some((row) => String(row.seq) === seq)) this.close();
  }

  /** Takes the line away. */
  close() {
    this.#element.remove();
  }

  /** @param {string} name */
  async #do(name) {
    this.#problem("");
    try {
      if (name === "all") await this.#changeAll();
      if (name === "take-back") await this.#takeBack();
      if (name === "vocabulary") await this.#expect();
      if (name === "instead") await this.#writeInstead();
    } catch (error) {
      this.#problem(sentenceOf(error));
    }
  }

  async #changeAll() {
    const { heard, written } = this.#correction;
    const fields = { sought: heard, written, whole_words: "on" };
    /** @type {Replaced} */
    const answer = await post(`${this.#rows.url}replace/`, fields);
    this.#change = answer.change;
    this.#applied(answer);
    this.#say(changed(answer.places));
    this.#move("all", "take-back", !this.#change);
  }

  async #takeBack() {
    this.#applied(await post(`${this.#rows.url}changes/${this.#change}/undo/`, {}));
    this.#say(gettext("The other places were changed back."));
    this.#move("take-back", "all", false);
  }

  async #expect() {
    const { word } = await post(this.#rows.vocabularyUrl, { word: this.#correction.written });
    this.#say(gettext("“%(word)s” was added to your vocabulary.", { word }));
    this.#done("vocabulary");
  }

  async #writeInstead() {
    const fields = { heard: this.#correction.heard, written: this.#correction.written };
    const { heard, written } = await post(this.#rows.replacementUrl, fields);
    this.#say(gettext("From now on, “%(heard)s” is replaced with “%(written)s”.", { heard, written }));
    this.#done("instead");
  }

  /**
   * What is left to press takes the focus.
   * @param {string} name
   */
  #done(name) {
    this.#button(name).hidden = true;
    BUTTONS.map((each) => this.#button(each))
      .find((each) => !each.hidden)
      ?.focus();
  }

  /**
   * What was pressed goes, and its successor takes the focus.
   * @param {string} from
   * @param {string} to
   * @param {boolean} none
   */
  #move(from, to, none) {
    this.#button(from).hidden = true;
    this.#button(to).hidden = none;
    if (!none) this.#button(to).focus();
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.#part("[data-places]").textContent = sentence;
  }

  /** @param {string} sentence */
  #problem(sentence) {
    this.#part("[data-problem]").textContent = sentence;
  }

  /** @param {string} name */
  #button(name) {
    return this.#part(`[data-do="${name}"]`);
  }

  /** @param {string} selector */
  #part(selector) {
    return query(this.#element, selector, HTMLElement);
  }
}

/** @param {number} count */
function elsewhere(count) {
  return ngettext("It is in %(count)s other place too.", "It is in %(count)s other places too.", count, { count });
}

/** @param {number} count */
function changed(count) {
  return ngettext("Changed in %(count)s more place.", "Changed in %(count)s more places.", count, { count });
}
