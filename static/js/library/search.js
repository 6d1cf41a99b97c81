import { byId, optional } from "app/shared/dom";
import { hasChanges } from "app/shared/early";
import { gettext } from "app/shared/i18n";
import { encoded } from "app/shared/requests";

const AWAY = gettext("The search could not reach the server. Try again when the connection is back.");
const REFUSED = gettext("The server could not search. Try again in a minute.");

/** Adds to the search that htmx makes as the user types: short addresses, and sentences about failures. */
export class HistorySearch {
  #form = byId("search", HTMLFormElement);
  #error = byId("search-error", HTMLElement);
  #count = byId("count", HTMLElement);
  #filters = byId("filters", HTMLElement);
  /** Missing while there is nothing to filter. */
  #more = optional(this.#filters, "#more-filters", HTMLButtonElement);
  /** The id of the element that had the focus before a part of the page was replaced. */
  #focused = "";
  #events = new AbortController();

  constructor() {
    // As many filters are shown as a line has room for, until the user unfolds the others.
    if (this.#more) this.#fold(this.#more, true);
    this.#listen();
  }

  close() {
    this.#events.abort();
  }

  #listen() {
    const { signal } = this.#events;
    const more = this.#more;
    more?.addEventListener("click", () => this.#fold(more, !this.#filters.classList.contains("folded")), { signal });
    document.addEventListener("htmx:configRequest", (event) => this.#shorten(event), { signal });
    document.addEventListener("htmx:sendError", ({ target }) => this.#failed(target, AWAY), { signal });
    document.addEventListener("htmx:responseError", ({ target }) => this.#failed(target, REFUSED), { signal });
    document.addEventListener("htmx:afterOnLoad", ({ detail }) => detail.xhr.status === 200 && this.#say(""), {
      signal,
    });
    document.addEventListener("htmx:beforeSwap", (event) => this.#answered(event), { signal });
    document.addEventListener("htmx:afterSettle", () => this.#settled(), { signal });
    document.addEventListener("input", ({ target }) => this.#changed(target), { signal });
    // Until this event htmx does not listen.
    const begin = () => hasChanges(this.#form) && this.#form.dispatchEvent(new Event("input"));
    document.addEventListener("htmx:load", begin, { once: true, signal });
  }

  /**
   * @param {HTMLButtonElement} more
   * @param {boolean} isFolded
   */
  #fold(more, isFolded) {
    more.hidden = false;
    this.#filters.classList.toggle("folded", isFolded);
    more.setAttribute("aria-expanded", String(!isFolded));
    more.textContent = isFolded ? gettext("More filters") : gettext("Fewer filters");
  }

  /** @param {HtmxEvent} event */
  #shorten({ target, detail }) {
    if (target !== this.#form) return;
    for (const [name, value] of [...detail.formData]) {
      if (!value) detail.formData.delete(name);
    }
  }

  /**
   * @param {HTMLElement} target
   * @param {string} sentence
   */
  #failed(target, sentence) {
    if (target === this.#form) this.#say(sentence);
  }

  /** @param {HtmxEvent} event */
  #answered(event) {
    // The select for the order is in the part of the page that is replaced, and would lose the focus.
    this.#focused = document.activeElement?.id ?? "";
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.elt !== this.#form) return;
    if (xhr.status === 200 && !xhr.response.includes('id="results"')) {
      // An answer without the list is the log-in page: go there.
      event.preventDefault();
      location.assign(`${requestConfig.path}?${encoded(requestConfig.formData)}`);
    }
    // The criteria have changed during the request: showing this answer would undo the choice, and the next is coming.
    if (criteria(requestConfig.formData) !== criteria(new FormData(this.#form))) event.detail.shouldSwap = false;
  }

  #settled() {
    if (this.#focused && document.activeElement === document.body) document.getElementById(this.#focused)?.focus();
  }

  /**
   * Passes changes of the order on to the form, where htmx listens: the select belongs to the form but is outside it.
   * @param {EventTarget | null} target
   */
  #changed(target) {
    if (!(target instanceof HTMLSelectElement) || target.form !== this.#form || this.#form.contains(target)) return;
    this.#form.dispatchEvent(new Event("input"));
  }

  /** @param {string} sentence */
  #say(sentence) {
    this.#error.textContent = sentence;
    this.#error.hidden = !sentence;
    if (sentence) this.#count.textContent = "";
  }
}

/** @param {FormData} fields */
function criteria(fields) {
  return JSON.stringify([...fields].filter(([, value]) => value).sort());
}
