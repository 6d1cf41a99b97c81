import { gettext } from "app/shared/i18n";
import { getJson } from "app/shared/requests";
import { spell, unspell } from "app/transcript/words";

/** Marks the words that the model was not sure of, while its button is pressed. */
export class UnsureWords {
  #rows;
  #button;
  #told;

  /** `told(sentence)` says what went wrong. */
  constructor(rows, button, told) {
    this.#rows = rows;
    this.#button = button;
    this.#told = told;
    button.hidden = false;
    button.addEventListener("click", () => this.#toggle());
  }

  get #isOn() {
    return this.#button.getAttribute("aria-pressed") === "true";
  }

  /** Marks again what has changed. */
  refresh() {
    if (this.#isOn) this.#mark();
  }

  async #toggle() {
    const on = !this.#isOn;
    this.#button.setAttribute("aria-pressed", String(on));
    if (!on) return this.#clear();
    const first = await this.#mark();
    first?.scrollIntoView({ block: "center" });
  }

  async #mark() {
    let data;
    try {
      data = await getJson(`${this.#rows.url}unsure/`);
    } catch (error) {
      this.#told(error.message);
      return null;
    }
    if (!this.#isOn) return null;
    this.#clear();
    const found = data.rows.flatMap(({ seq, version, words }) => {
      const row = this.#rows.get(seq);
      if (!row || Number(row.dataset.version) !== version) return [];
      const elements = spell(row, words) ?? [];
      return elements.filter((_, number) => words[number].probability < data.below);
    });
    for (const element of found) element.classList.add("unsure");
    this.#button.textContent = gettext("Unsure words (%(count)s)", { count: found.length });
    return found[0];
  }

  #clear() {
    for (const row of this.#rows.all()) {
      if (row.querySelector(".unsure")) unspell(row);
    }
  }
}
