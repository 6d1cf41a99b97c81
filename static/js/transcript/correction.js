import { gettext, ngettext } from "app/shared/i18n";
import { post } from "app/shared/requests";

/** The line after a correction: the same everywhere, and what to expect or to write from now on. One at a time. */
export class CorrectionLine {
  #rows;
  #element;
  #correction = null;
  #change = null;
  #applied;

  /** `applied(answer)` is told what changed on the page. */
  constructor(rows, template, applied) {
    this.#rows = rows;
    this.#applied = applied;
    this.#element = template.content.firstElementChild.cloneNode(true);
    this.#element.addEventListener("click", ({ target }) => this.#do(target.dataset.do));
  }

  /** Shows a correction, `{heard, written, places}`, beneath a row; null takes the line away from it. */
  show(row, correction) {
    if (!correction) {
      if (this.#element.parentElement === row) this.#element.remove();
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

  /** Takes the line away where its sentence is among `rows`: it stands otherwise now than was told. */
  forget(rows) {
    const seq = this.#element.parentElement?.dataset.seq;
    if (rows.some((row) => String(row.seq) === seq)) this.#element.remove();
  }

  #do(what) {
    if (what === "all") this.#ask(() => this.#changeAll());
    if (what === "take-back") this.#ask(() => this.#takeBack());
    if (what === "vocabulary") this.#ask(() => this.#expect());
    if (what === "instead") this.#ask(() => this.#writeInstead());
  }

  async #ask(work) {
    this.#problem("");
    try {
      await work();
    } catch (error) {
      this.#problem(error.message);
    }
  }

  async #changeAll() {
    const { heard, written } = this.#correction;
    const fields = { sought: heard, written, whole_words: "on" };
    const answer = await post(`${this.#rows.url}replace/`, fields);
    this.#change = answer.change;
    this.#applied(answer);
    this.#say(changed(answer.places));
    this.#move("all", "take-back", !this.#change);
  }

  async #takeBack() {
    const answer = await post(`${this.#rows.url}changes/${this.#change}/undo/`, {});
    this.#applied(answer);
    this.#say(gettext("The other places are as they were."));
    this.#move("take-back", "all", false);
  }

  async #expect() {
    const { word } = await post(this.#rows.element.dataset.vocabularyUrl, { word: this.#correction.written });
    this.#say(gettext("“%(word)s” is in your vocabulary.", { word }));
    this.#done("vocabulary");
  }

  async #writeInstead() {
    const fields = { heard: this.#correction.heard, written: this.#correction.written };
    const { heard, written } = await post(this.#rows.element.dataset.replacementUrl, fields);
    this.#say(gettext("From now on, “%(heard)s” is written “%(written)s”.", { heard, written }));
    this.#done("instead");
  }

  // What is left to press takes the focus.
  #done(name) {
    this.#button(name).hidden = true;
    ["all", "take-back", "vocabulary", "instead"]
      .map((each) => this.#button(each))
      .find((each) => !each.hidden)
      ?.focus();
  }

  // What was pressed goes, and its successor takes the focus.
  #move(from, to, none) {
    this.#button(from).hidden = true;
    this.#button(to).hidden = none;
    if (!none) this.#button(to).focus();
  }

  #say(sentence) {
    this.#part("[data-places]").textContent = sentence;
  }

  #problem(sentence) {
    this.#part("[data-problem]").textContent = sentence;
  }

  #button(name) {
    return this.#part(`[data-do="${name}"]`);
  }

  #part(selector) {
    return this.#element.querySelector(selector);
  }
}

function elsewhere(count) {
  return ngettext("It stands in %(count)s other place.", "It stands in %(count)s other places.", count, { count });
}

function changed(count) {
  return ngettext("Changed in %(count)s more place.", "Changed in %(count)s more places.", count, { count });
}
