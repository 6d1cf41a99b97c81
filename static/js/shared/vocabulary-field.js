import { gettext } from "app/shared/i18n";
import { readVocabulary } from "app/shared/vocabulary";

/** @import { VocabularyLimits } from "app/shared/vocabulary" */

/**
 * The text box with the custom vocabulary, one word or phrase per line; counts them and shows problems during typing.
 */
export class VocabularyField {
  #box;
  #count;
  #problem;
  #limits;
  #events = new AbortController();

  /**
   * @param {HTMLTextAreaElement} box
   * @param {HTMLElement} count
   * @param {HTMLElement} problem
   * @param {VocabularyLimits} limits
   */
  constructor(box, count, problem, limits) {
    this.#box = box;
    this.#count = count;
    this.#problem = problem;
    this.#limits = limits;
    box.setAttribute(
      "aria-describedby",
      [box.getAttribute("aria-describedby"), count.id, problem.id].filter(Boolean).join(" "),
    );
    box.addEventListener("input", () => this.check(), { signal: this.#events.signal });
    // The user may have typed before this module was loaded.
    if (box.value === box.defaultValue) this.#show();
    else this.check();
  }

  get words() {
    return readVocabulary(this.#box.value, this.#limits).words;
  }

  set words(words) {
    this.#box.value = words.join("\n");
    this.check();
  }

  /** Whether the text is valid; shows what is wrong with it if not. */
  check() {
    const problem = this.#show();
    this.#problem.textContent = problem;
    this.#box.setAttribute("aria-invalid", String(problem !== ""));
    return problem === "";
  }

  focus() {
    this.#box.focus();
  }

  close() {
    this.#events.abort();
  }

  #show() {
    const { words, problem } = readVocabulary(this.#box.value, this.#limits);
    this.#count.textContent = gettext("%(count)s of %(most)s", { count: words.length, most: this.#limits.words });
    return problem;
  }
}
