import { gettext } from "app/shared/i18n";
import { post, sentenceOf } from "app/shared/requests";

/** The title, edited in place. Each change is saved as soon as the session exists. */
export class Title {
  #field;
  #error;
  #url;
  #saved;
  #events = new AbortController();

  /**
   * @param {HTMLTextAreaElement} field
   * @param {HTMLElement} error
   * @param {string | null} url - The address to which changes are saved; null before the session exists.
   */
  constructor(field, error, url) {
    this.#field = field;
    this.#error = error;
    this.#url = url;
    this.#saved = field.value;
    const { signal } = this.#events;
    field.addEventListener("change", () => this.#save(), { signal });
    field.addEventListener("input", () => this.#keepOneLine(), { signal });
    field.addEventListener("keydown", (event) => this.#leaveByKey(event), { signal });
  }

  get text() {
    return this.#field.value.trim();
  }

  /**
   * Saves changes to an address from now on.
   * @param {string} url
   * @param {string} saved - The title with which the session was created.
   */
  saveTo(url, saved) {
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

  /** @param {KeyboardEvent} event */
  #leaveByKey(event) {
    if (event.key === "Escape") this.#field.value = this.#saved;
    else if (event.key !== "Enter" || event.ctrlKey || event.isComposing) return;
    event.preventDefault();
    this.#field.blur();
  }

  #keepOneLine() {
    if (/[\r\n]/.test(this.#field.value)) this.#field.value = this.#field.value.replace(/[\r\n]+/g, " ");
  }

  async #save() {
    const title = this.text;
    const name = title || gettext("Dictate");
    document.title = `${name} · WhisperStream`;
    if (this.#url === null || title === this.#saved) return;
    try {
      await post(this.#url, { title });
      this.#saved = title;
      this.#error.hidden = true;
    } catch (error) {
      this.#error.textContent = gettext("The title is not saved. %(reason)s", { reason: sentenceOf(error) });
      this.#error.hidden = false;
    }
  }
}
