import { byId, optional, pageData } from "app/shared/dom";
import { VocabularyField } from "app/shared/vocabulary-field";

/** The settings of a person; their words to expect are checked while one types. */
export class SettingsPage {
  #words;
  #events = new AbortController();

  constructor() {
    const box = byId("id_vocabulary", HTMLTextAreaElement);
    const count = byId("vocabulary-count", HTMLElement);
    this.#words = new VocabularyField(box, count, byId("vocabulary-problem", HTMLElement), pageData("limits"));
    // What the server said of it was about another text.
    const outdated = () => optional(document, "#id_vocabulary_error", HTMLElement)?.remove();
    box.addEventListener("input", outdated, { once: true, signal: this.#events.signal });
  }

  close() {
    this.#events.abort();
    this.#words.close();
  }
}
