import { query } from "app/shared/dom";
import { gettext, ngettext } from "app/shared/i18n";
import { post, sentenceOf } from "app/shared/requests";

/** @import { Changed, Replaced, Rows } from "app/transcript/rows" */

/**
 * @typedef {{heard: string, written: string, places: number}} Correction - `places` is the number of other places with
 * the text `heard`.
 */

const BUTTONS = ["all", "take-back", "vocabulary", "instead"];

/**
 * The line beneath a corrected sentence. It offers the same change in all other places, the new word for the custom
 * vocabulary, and a replacement in future transcripts. Only one line is shown at a time.
 */
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
   * @param {(changed: Changed) => Promise<void>} applied - Called with the sentences that were changed.
   */
  constructor(rows, template, applied) {
    this.#rows = rows;
    this.#applied = applied;
    this.#element = document.importNode(query(template.content, ".correction", HTMLElement), true);
    for (const name of BUTTONS) this.#button(name).addEventListener("click", () => this.#do(name));
  }

  /**
   * Shows the line for a correction beneath a row; null removes the line from this row.
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
   * Removes the line if its sentence is among those that have changed, because the correction is outdated then.
   * @param {Changed} changed
   */
  forget({ rows }) {
    const seq = this.#element.parentElement?.dataset.seq;
    if (rows.some((row) => String(row.seq) === seq)) this.close();
  }

  /** Removes the line. */
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
    await this.#applied(answer);
    this.#say(changed(answer.places));
    this.#move("all", "take-back", !this.#change);
  }

  async #takeBack() {
    await this.#applied(await post(`${this.#rows.url}changes/${this.#change}/undo/`, {}));
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
   * Hides a button that was pressed and moves the focus to the first one left.
   * @param {string} name
   */
  #done(name) {
    this.#button(name).hidden = true;
    BUTTONS.map((each) => this.#button(each))
      .find((each) => !each.hidden)
      ?.focus();
  }

  /**
   * Hides a button that was pressed and moves the focus to its successor.
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
