import { byId, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { closeWhenLeft } from "app/shared/page";

/** The page that shows a new share link; with a script it can be copied by a button. */
class LinkPage {
  #said = byId("copied", HTMLElement);
  #events = new AbortController();

  constructor() {
    if (!navigator.clipboard) return;
    for (const button of queryAll(document, "[data-copy]", HTMLButtonElement)) {
      button.hidden = false;
      button.addEventListener("click", () => this.#copy(button.dataset.copy ?? ""), { signal: this.#events.signal });
    }
  }

  close() {
    this.#events.abort();
  }

  /** @param {string} id */
  async #copy(id) {
    try {
      await navigator.clipboard.writeText(byId(id, HTMLElement).textContent);
      this.#said.textContent = gettext("Copied");
    } catch {
      this.#said.textContent = gettext("This browser does not let the page copy. Select the text instead.");
    }
  }
}

closeWhenLeft(new LinkPage());
