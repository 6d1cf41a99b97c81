import { byId } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { closeWhenLeft } from "app/shared/page";

/** The page that shows a new API token; with a script it can be copied by a button. */
class TokenPage {
  #said = byId("copied", HTMLElement);
  #events = new AbortController();

  constructor() {
    if (!navigator.clipboard) return;
    const button = byId("copy-token", HTMLButtonElement);
    button.hidden = false;
    button.addEventListener("click", () => this.#copy(), { signal: this.#events.signal });
  }

  close() {
    this.#events.abort();
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(byId("token", HTMLElement).textContent);
      this.#said.textContent = gettext("Copied");
    } catch {
      this.#said.textContent = gettext("This browser does not let the page copy. Select the text instead.");
    }
  }
}

closeWhenLeft(new TokenPage());
