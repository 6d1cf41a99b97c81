import { byId, optional, query } from "app/shared/dom";
import { gettext, language } from "app/shared/i18n";
import { VocabularyField } from "app/shared/vocabulary-field";

/** @import { ListeningBounds } from "app/dictation/listening" */
/** @import { ListeningOptions } from "app/dictation/messages" */

/** The dialog "Dictation options". */
export class ListeningDialog {
  #dialog = byId("listening", HTMLDialogElement);
  #pauseBox = byId("pause-length", HTMLInputElement);
  #pauseProblem = byId("pause-problem", HTMLElement);
  #sensitivity = byId("sensitivity", HTMLSelectElement);
  #commands = byId("commands", HTMLSelectElement);
  // Not there where the speech model cannot.
  #translate = optional(document, "#translate", HTMLInputElement);
  // Not there where the server cannot.
  #cleaning = optional(document, "#cleaning", HTMLSelectElement);
  #words;
  #pause;
  #submitted;
  #endpointing;
  #events = new AbortController();

  /**
   * @param {ListeningBounds & {options: ListeningOptions}} data
   * @param {(options: ListeningOptions) => void} submitted
   */
  constructor({ limits, pause, options }, submitted) {
    this.#endpointing = options.endpointing;
    this.#pause = pause;
    this.#submitted = submitted;
    this.#words = new VocabularyField(
      byId("expected", HTMLTextAreaElement),
      byId("expected-count", HTMLElement),
      byId("expected-problem", HTMLElement),
      limits,
    );
    const { signal } = this.#events;
    byId("listening-cancel", HTMLElement).addEventListener("click", () => this.#dialog.close(), { signal });
    this.#pauseBox.addEventListener("input", () => this.#checkPause(), { signal });
    query(this.#dialog, "form", HTMLFormElement).addEventListener("submit", (event) => this.#submit(event), { signal });
    this.#dialog.addEventListener("keydown", (event) => this.#submitByKey(event), { signal });
  }

  /**
   * Opens the dialog with the given options in its fields.
   * @param {ListeningOptions} options
   */
  open(options) {
    if (this.#dialog.open) return;
    const { vocabulary, commands, translate, cleaning, endpointing } = options;
    const { threshold, silence_ms } = endpointing;
    this.#endpointing = endpointing;
    if (threshold !== null) this.#offerThreshold(threshold);
    this.#words.words = vocabulary;
    this.#pauseBox.value = silence_ms === null ? "" : String(silence_ms / 1000);
    this.#sensitivity.value = threshold === null ? "" : String(threshold);
    this.#commands.value = commands === null ? "" : commands ? "on" : "off";
    if (this.#translate) this.#translate.checked = translate === true;
    if (this.#cleaning) this.#cleaning.value = cleaning ?? "";
    this.#checkPause();
    this.#dialog.showModal();
  }

  close() {
    this.#events.abort();
    this.#words.close();
    this.#dialog.close();
  }

  /**
   * Ctrl+Enter submits the dialog; the page's own shortcuts do not apply while it is open.
   * @param {KeyboardEvent} event
   */
  #submitByKey(event) {
    event.stopPropagation();
    if (event.key === "Enter" && event.ctrlKey) this.#submit(event);
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (!this.#words.check()) return this.#words.focus();
    if (!this.#checkPause()) return this.#pauseBox.focus();
    const threshold = this.#sensitivity.value;
    const options = {
      vocabulary: this.#words.words,
      commands: this.#commands.value === "" ? null : this.#commands.value === "on",
      translate: this.#translate ? this.#translate.checked : null,
      cleaning: this.#cleaning ? this.#cleaning.value : null,
      endpointing: {
        threshold: threshold === "" ? null : Number(threshold),
        prefix_ms: this.#endpointing.prefix_ms,
        silence_ms: this.#silenceMs(),
      },
    };
    this.#dialog.close();
    this.#submitted(options);
  }

  #silenceMs() {
    const { value } = this.#pauseBox;
    return value === "" ? null : Math.round(Number(value) * 1000);
  }

  /** Whether the silence entered is valid; shows what is wrong with it if not. */
  #checkPause() {
    const { least, most } = this.#pause;
    const milliseconds = this.#silenceMs();
    const { badInput } = this.#pauseBox.validity;
    const isWithin = milliseconds === null || (milliseconds >= least * 1000 && milliseconds <= most * 1000);
    const isFine = !badInput && (isWithin || milliseconds === this.#endpointing.silence_ms);
    this.#pauseBox.setAttribute("aria-invalid", String(!isFine));
    this.#pauseProblem.textContent = isFine ? "" : boundsText(least, most);
    return isFine;
  }

  /**
   * Adds a threshold to the list: one set through the API may be missing from it.
   * @param {number} threshold
   */
  #offerThreshold(threshold) {
    const isListed = [...this.#sensitivity.options].some(({ value }) => value !== "" && Number(value) === threshold);
    if (isListed) return;
    const label = gettext("Current (%(threshold)s)", { threshold: numberText(threshold) });
    this.#sensitivity.append(new Option(label, String(threshold)));
  }
}

/**
 * @param {number} least
 * @param {number} most
 */
function boundsText(least, most) {
  const values = { least: numberText(least), most: numberText(most) };
  return gettext("The pause must be between %(least)s and %(most)s seconds.", values);
}

/** @param {number} number */
function numberText(number) {
  return new Intl.NumberFormat(language).format(number);
}
