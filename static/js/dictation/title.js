import { isChanged } from "app/shared/early";
import { fit } from "app/shared/fit";
import { gettext } from "app/shared/i18n";
import { post, sentenceOf } from "app/shared/requests";
import { setLanguage } from "app/shared/row";

/**
 * The title, edited in place. Each change is saved as soon as the session exists. While there is none, the field shows
 * the title that is proposed, which belongs to nobody until somebody changes it.
 */
export class Title {
  #field;
  #error;
  #url;
  #saved;
  #proposed;
  #events = new AbortController();

  /**
   * @param {HTMLTextAreaElement} field - With the title, or in `data-proposed` and as its value the one proposed.
   * @param {HTMLElement} error
   * @param {string | null} url - The address to which changes are saved; null before the session exists.
   */
  constructor(field, error, url) {
    this.#field = field;
    this.#error = error;
    this.#url = url;
    this.#proposed = field.dataset.proposed ?? "";
    this.#saved = this.#proposed ? "" : field.defaultValue;
    const { signal } = this.#events;
    this.#show();
    field.addEventListener("change", () => this.#save(), { signal });
    field.addEventListener("input", () => this.#typed(), { signal });
    field.addEventListener("focus", () => this.#isProposal && field.select(), { signal });
    field.addEventListener("keydown", (event) => this.#leaveByKey(event), { signal });
    if (isChanged(field)) this.#save();
  }

  /** The title that somebody gave; empty while the field shows a proposed one. */
  get text() {
    return this.#isProposal ? "" : this.#field.value.trim();
  }

  /**
   * Shows a proposed title where none was given.
   * @param {string} proposed - May be empty.
   * @param {string} language - The code of its language; may be empty.
   */
  propose(proposed, language) {
    const isFree = this.#saved === "" && this.text === "";
    this.#proposed = proposed;
    setLanguage(this.#field, language);
    if (isFree) this.#fill("");
    this.#showName();
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
    this.#saved = this.#proposed = "";
    this.#fill("");
  }

  close() {
    this.#events.abort();
  }

  /** @param {KeyboardEvent} event */
  #leaveByKey(event) {
    if (event.key === "Escape") this.#fill(this.#saved);
    else if (event.key !== "Enter" || event.isComposing) return;
    else if (event.ctrlKey) {
      this.#save();
      return;
    }
    event.preventDefault();
    this.#field.blur();
  }

  get #isProposal() {
    return this.#saved === "" && this.#proposed !== "" && this.#field.value === this.#proposed;
  }

  /** @param {string} title - If empty, the field shows the proposed title. */
  #fill(title) {
    this.#field.value = title || this.#proposed;
    this.#show();
    if (this.#isProposal && this.#field === document.activeElement) this.#field.select();
  }

  #typed() {
    if (/[\r\n]/.test(this.#field.value)) this.#field.value = this.#field.value.replace(/[\r\n]+/g, " ");
    this.#show();
  }

  #show() {
    this.#field.classList.toggle("unset", this.#isProposal);
    fit(this.#field);
  }

  #showName() {
    document.title = `${this.text || this.#proposed || gettext("Dictate")} · WhisperStream`;
  }

  async #save() {
    const title = this.text;
    this.#showName();
    if (this.#url === null) return;
    try {
      if (title !== this.#saved) await post(this.#url, { title });
      this.#saved = title;
      this.#error.hidden = true;
      if (!this.text) this.#fill("");
    } catch (error) {
      this.#error.textContent = gettext("The title is not saved. %(reason)s", { reason: sentenceOf(error) });
      this.#error.hidden = false;
    }
  }
}
