import { byId, queryAll } from "app/shared/dom";
import { gettext, language } from "app/shared/i18n";

/** Counts the selected transcripts and enables the buttons that act on them. */
export class Selection {
  #number = byId("chosen", HTMLElement);
  #buttons = queryAll(document, "#selection-bar button", HTMLButtonElement);
  #events = new AbortController();

  constructor() {
    const { signal } = this.#events;
    document.addEventListener("change", ({ target }) => this.#changed(target), { signal });
    document.addEventListener("htmx:afterSettle", () => this.#count(), { signal });
    // The browser may restore ticked boxes when the user returns to the page.
    window.addEventListener("pageshow", () => this.#count(), { signal });
    this.#changed(everything().checked ? everything() : null);
  }

  close() {
    this.#events.abort();
  }

  /** @param {EventTarget | null} target */
  #changed(target) {
    if (target instanceof HTMLInputElement) {
      if (target.id === "all") {
        for (const box of boxes()) box.checked = target.checked;
      } else if (target.name === "session" && !target.checked) {
        everything().checked = false;
      }
    }
    this.#count();
  }

  #count() {
    const all = everything();
    const chosen = all.checked ? Number(all.dataset.total) : boxes().filter(({ checked }) => checked).length;
    const count = chosen.toLocaleString(language);
    const words = chosen === 0 ? gettext("Select transcripts") : gettext("%(count)s selected", { count });
    if (this.#number.textContent !== words) this.#number.textContent = words;
    for (const button of this.#buttons) button.disabled = chosen === 0;
  }
}

function boxes() {
  return queryAll(document, "#selection input[name=session]", HTMLInputElement);
}

// Looked up each time, because a search replaces the element.
function everything() {
  return byId("all", HTMLInputElement);
}
