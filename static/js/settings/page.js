import { byId, optional, pageData } from "app/shared/dom";
import { VocabularyField } from "app/shared/vocabulary-field";

/** The page with a user's settings; checks the custom vocabulary while the user types. */
export class SettingsPage {
  #words;
  #events = new AbortController();

  constructor() {
    const box = byId("id_vocabulary", HTMLTextAreaElement);
    const count = byId("vocabulary-count", HTMLElement);
    this.#words = new VocabularyField(box, count, byId("vocabulary-problem", HTMLElement), pageData("limits"));
    // The server's error was about the text before this change.
    const outdated = () => optional(document, "#id_vocabulary_error", HTMLElement)?.remove();
    box.addEventListener("input", outdated, { once: true, signal: this.#events.signal });
  }

  close() {
    this.#events.abort();
    this.#words.close();
  }
}
