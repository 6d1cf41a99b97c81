import { gettext } from "app/shared/i18n";
import { post } from "app/shared/requests";

/** The title, edited in place. Before the session exists it waits; then each change is saved. */
export class Title {
  #field;
  #error;
  #url = null;
  #saved;
  #events = new AbortController();

  constructor(field, error, url) {
    this.#field = field;
    this.#error = error;
    this.#url = url;
    this.#saved = field.value;
    const signal = this.#events.signal;
    field.addEventListener("change", () => this.#save(), { signal });
    field.addEventListener("input", () => this.#oneLine(), { signal });
    field.addEventListener("keydown", (event) => this.#leave(event), { signal });
  }

  get text() {
    return this.#field.value.trim();
  }

  /** From now on changes go to `url`; `saved` is the title that the session was made with. */
  belongTo(url, saved) {
    this.#url = url;
    this.#saved = saved;
    if (this.text !== saved) this.#save();
  }

  clear() {
    this.#url = null;
    this.#field.value = this.#saved = "";
  }

  close() {
    this.#events.abort();
  }

  #leave(event) {
    if (event.key === "Escape") this.#field.value = this.#saved;
    else if (event.key !== "Enter" || event.ctrlKey || event.isComposing) return;
    event.preventDefault();
    this.#field.blur();
  }

  #oneLine() {
    if (/[\r\n]/.test(this.#field.value)) this.#field.value = this.#field.value.replace(/[\r\n]+/g, " ");
  }

  async #save() {
    const name = this.text || gettext("Dictate");
    document.title = `${name} · WhisperStream`;
    if (this.#url === null || this.text === this.#saved) return;
    const title = this.text;
    try {
      await post(this.#url, { title });
      this.#saved = title;
      this.#error.hidden = true;
    } catch (error) {
      this.#error.textContent = gettext("The title is not saved. %(reason)s", { reason: error.message });
      this.#error.hidden = false;
    }
  }
}
