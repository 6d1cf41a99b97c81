import { clockText } from "app/shared/clock";
import { query } from "app/shared/dom";
import { fit } from "app/shared/fit";
import { gettext } from "app/shared/i18n";
import { textElement, textOf } from "app/shared/row";
import { canPlay } from "app/shared/transcript-sound";

/**
 * @import { Saving } from "app/transcript/autosave"
 * @import { Sentence } from "app/transcript/sentence"
 */

/** How much is played before and after a sentence, in milliseconds. */
export const AROUND_MS = 2000;

const STATES = {
  dirty: "",
  saving: gettext("Saving"),
  saved: gettext("✓ Saved"),
  waiting: gettext("Not saved, trying again"),
  refused: gettext("Not saved"),
  conflict: "",
};

/** The form in which one sentence is edited. */
export class EditorForm {
  #sentence;

  /**
   * @param {HTMLTemplateElement} template
   * @param {Sentence} sentence
   */
  constructor(template, sentence) {
    this.#sentence = sentence;
    this.element = document.importNode(query(template.content, "form", HTMLFormElement), true);
    this.field = query(this.element, "textarea", HTMLTextAreaElement);
    const start = Number(sentence.row.dataset.startMs);
    const from = gettext("Play from %(time)s", { time: clockText(start - AROUND_MS) });
    this.field.value = textOf(sentence.row);
    const { lang } = textElement(sentence.row);
    if (lang) this.field.lang = this.#part("[data-theirs]").lang = lang;
    this.field.setAttribute("aria-label", gettext("Text at %(time)s", { time: clockText(start) }));
    query(this.element, "[data-versions]", HTMLAnchorElement).href = `${sentence.url}versions/`;
    this.#part("[data-do=play]").textContent = `▶ ${from}`;
  }

  /**
   * Shows the form in place of the row's text.
   * @param {number} [caret]
   */
  open(caret = this.field.value.length) {
    const { row, isPending, saving } = this.#sentence;
    row.classList.add("editing");
    row.querySelector(".row-problem")?.remove();
    textElement(row).hidden = true;
    textElement(row).after(this.element);
    this.fit();
    this.focus(caret);
    this.element.scrollIntoView({ block: "nearest" });
    if (isPending) this.tell(saving);
  }

  close() {
    const { row } = this.#sentence;
    this.element.remove();
    row.classList.remove("editing");
    textElement(row).hidden = false;
  }

  /** @param {number} [caret] */
  focus(caret) {
    this.field.focus();
    if (caret !== undefined) this.field.setSelectionRange(caret, caret);
  }

  /**
   * Shows the state of saving the sentence.
   * @param {Saving} saving
   */
  tell(saving) {
    const isConflict = saving.state === "conflict";
    const problem = "problem" in saving ? saving.problem : "";
    this.#part("[data-conflict]").hidden = !isConflict;
    this.#part(".editor-tools").hidden = isConflict;
    this.#part("[data-theirs]").textContent = isConflict ? saving.stored.text || gettext("(It was deleted.)") : "";
    this.#part("[data-state]").textContent = STATES[saving.state];
    this.#part("[data-state]").classList.toggle("trouble", Boolean(problem));
    this.problem(problem);
  }

  /** @param {string} sentence */
  problem(sentence) {
    const problem = this.#part("[data-problem]");
    problem.hidden = !sentence;
    problem.textContent = sentence;
  }

  /** Takes over the text of the row after it was changed elsewhere on the page. */
  refresh() {
    const text = textOf(this.#sentence.row);
    if (this.field.value !== text) this.field.value = text;
    this.fit();
  }

  /**
   * Shows the buttons that apply to the sentence.
   * @param {{hasNext: boolean}} rows
   */
  offer({ hasNext }) {
    this.#part("[data-do=play]").hidden = !canPlay();
    this.#part("[data-do=join]").hidden = !hasNext;
    this.#part("[data-do=undo]").hidden = this.#sentence.version < 2;
  }

  fit() {
    fit(this.field);
  }

  /** @param {string} selector */
  #part(selector) {
    return query(this.element, selector, HTMLElement);
  }
}
