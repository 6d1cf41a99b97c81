import { optional, query, queryAll } from "app/shared/dom";
import { hasChanges } from "app/shared/early";
import { AWAY, encoded, FAILED, isAbort, LOGGED_OUT, sentenceOf } from "app/shared/requests";

const TYPING_MS = 300;
// The elements that the server renders again when a choice changes.
const PARTS = ["#export-result", "#export-facts"];

/** The options of an export, with a preview that the server renders again whenever one of them changes. */
export class ExportForm {
  #form;
  /** @type {number | undefined} */
  #waiting;
  /** @type {AbortController | null} */
  #request = null;
  #events = new AbortController();

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    query(form, "#export-show", HTMLButtonElement).hidden = true;
    const { signal } = this.#events;
    form.addEventListener("input", ({ target }) => this.#later(isTyped(target) ? TYPING_MS : 0), { signal });
    form.addEventListener("focusin", (event) => this.#entered(event), { signal });
    form.addEventListener("submit", (event) => this.#submitted(event), { signal });
    if (hasChanges(form)) this.#later(0);
  }

  close() {
    this.#events.abort();
    this.#request?.abort();
    clearTimeout(this.#waiting);
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#refresh(), ms);
  }

  /**
   * Refreshes the preview when the focus enters the form: the transcript may have been changed meanwhile.
   * @param {FocusEvent} event
   */
  #entered({ relatedTarget }) {
    if (relatedTarget instanceof Node && !this.#form.contains(relatedTarget)) this.#later(0);
  }

  /**
   * Refreshes the preview on Enter in a field, and in place of a download while the server reports an error.
   * @param {SubmitEvent} event
   */
  #submitted(event) {
    const wrong = optional(this.#form, "[aria-invalid=true]", HTMLElement);
    const isDownload = event.submitter?.getAttribute("name") === "download";
    if (isDownload && !wrong) return;
    event.preventDefault();
    this.#later(0);
    if (isDownload) wrong?.focus();
  }

  async #refresh() {
    this.#request?.abort();
    const request = new AbortController();
    this.#request = request;
    try {
      this.#show(await fetchPage(`${this.#form.action}?${encoded(new FormData(this.#form))}`, request.signal));
    } catch (error) {
      if (!isAbort(error)) this.#fail(sentenceOf(error));
    }
  }

  /** @param {Document} page */
  #show(page) {
    for (const part of PARTS) {
      query(this.#form, part, HTMLElement).replaceChildren(...query(page, part, HTMLElement).childNodes);
    }
    for (const field of queryAll(this.#form, "input[id], select[id]", HTMLElement)) {
      const rendered = page.getElementById(field.id);
      for (const name of ["aria-invalid", "aria-describedby"]) {
        const value = rendered?.getAttribute(name) ?? null;
        if (value === null) field.removeAttribute(name);
        else field.setAttribute(name, value);
      }
    }
  }

  /** @param {string} sentence */
  #fail(sentence) {
    const line = document.createElement("p");
    line.className = "error";
    line.textContent = sentence;
    query(this.#form, "#export-facts", HTMLElement).replaceChildren(line);
  }
}

/** @param {EventTarget | null} target */
function isTyped(target) {
  return target instanceof HTMLInputElement && target.type === "number";
}

/**
 * Returns the page at `url`, which contains an export form. Throws an Error with a sentence, or an AbortError.
 * @param {string} url
 * @param {AbortSignal} [signal]
 */
export async function fetchPage(url, signal) {
  /** @type {Response} */
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", signal });
  } catch (error) {
    throw isAbort(error) ? error : new Error(AWAY);
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (page.getElementById("export-form")) return page;
  throw new Error(response.redirected ? LOGGED_OUT : FAILED);
}
