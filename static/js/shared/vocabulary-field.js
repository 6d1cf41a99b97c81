import { gettext } from "app/shared/i18n";
import { readVocabulary } from "app/shared/vocabulary";

/** @import { VocabularyLimits } from "app/shared/vocabulary" */

/** A text box with words to expect, one a line; counts them and says what is wrong while one types. */
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
    // Somebody may have typed before this module was there.
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

  /** Whether it can be used as it is. */
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
