import { gettext, language } from "app/shared/i18n";
import { VocabularyField } from "app/shared/vocabulary-field";

/** The dialog "Words and pauses". `limits` and `pause`, the bounds in seconds, are the page's. */
export class ListeningDialog {
  #dialog;
  #find;
  #pause;
  #taken;
  #field;
  #wanted = null;
  #events = new AbortController();

  /** `taken(wanted)` follows when something is asked for: `{words, threshold, prefix_ms, silence_ms}`. */
  constructor(document, { limits, pause }, taken) {
    this.#find = (id) => document.getElementById(id);
    this.#dialog = this.#find("listening");
    this.#pause = pause;
    this.#taken = taken;
    this.#field = new VocabularyField(
      this.#find("expected"),
      this.#find("expected-count"),
      this.#find("expected-problem"),
      limits,
    );
    this.#listen();
  }

  /** Asks, beginning with what is wanted so far. */
  open(wanted) {
    if (this.#dialog.open) return;
    this.#wanted = wanted;
    const { words, threshold, silence_ms } = wanted;
    this.#offerThreshold(threshold);
    this.#field.words = words;
    this.#find("pause-length").value = silence_ms === null ? "" : silence_ms / 1000;
    this.#find("sensitivity").value = threshold ?? "";
    this.#checkPause();
    this.#dialog.showModal();
  }

  close() {
    this.#events.abort();
    this.#field.close();
    this.#dialog.close();
  }

  #listen() {
    const signal = this.#events.signal;
    this.#find("listening-cancel").addEventListener("click", () => this.#dialog.close(), { signal });
    this.#find("pause-length").addEventListener("input", () => this.#checkPause(), { signal });
    this.#dialog.querySelector("form").addEventListener("submit", (event) => this.#submit(event), { signal });
    this.#dialog.addEventListener("keydown", (event) => this.#key(event), { signal });
  }

  /** The page's own shortcuts rest meanwhile: Ctrl+Enter takes what is written. */
  #key(event) {
    event.stopPropagation();
    if (event.key === "Enter" && event.ctrlKey) this.#submit(event);
  }

  #submit(event) {
    event.preventDefault();
    if (!this.#field.check()) return this.#field.focus();
    if (!this.#checkPause()) return this.#find("pause-length").focus();
    const threshold = this.#find("sensitivity").value;
    const wanted = {
      words: this.#field.words,
      threshold: threshold === "" ? null : Number(threshold),
      prefix_ms: this.#wanted.prefix_ms,
      silence_ms: this.#silenceMs(),
    };
    this.#dialog.close();
    this.#taken(wanted);
  }

  #silenceMs() {
    const { value } = this.#find("pause-length");
    return value === "" ? null : Math.round(Number(value) * 1000);
  }

  /** Whether the silence can be used as it is; what is wrong with it is said. */
  #checkPause() {
    const box = this.#find("pause-length");
    const { least, most } = this.#pause;
    const milliseconds = this.#silenceMs();
    const isKept = milliseconds === this.#wanted.silence_ms && !box.validity.badInput;
    const isFine = box.value !== "" && milliseconds >= least * 1000 && milliseconds <= most * 1000;
    const isEmpty = box.value === "" && !box.validity.badInput;
    const problem = isKept || isFine || isEmpty ? "" : boundsText(least, most);
    box.setAttribute("aria-invalid", String(problem !== ""));
    this.#find("pause-problem").textContent = problem;
    return problem === "";
  }

  /** A program may have asked for a value that is not on the list. */
  #offerThreshold(threshold) {
    const select = this.#find("sensitivity");
    if (threshold === null || [...select.options].some(({ value }) => value !== "" && Number(value) === threshold))
      return;
    const label = gettext("As it is (%(threshold)s)", { threshold: numberText(threshold) });
    select.append(new Option(label, String(threshold)));
  }
}

function boundsText(least, most) {
  const values = { least: numberText(least), most: numberText(most) };
  return gettext("The silence is from %(least)s to %(most)s seconds.", values);
}

function numberText(number) {
  return new Intl.NumberFormat(language).format(number);
}
