/** The line under the tail about what is not recorded, and about other trouble. */
export class OutageLine {
  #element;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /**
   * Shows a sentence; an empty one hides the line.
   * @param {string} text
   * @param {{isPast?: boolean}} [options] - Whether the sentence is about something that is over, or no trouble.
   */
  show(text, { isPast = false } = {}) {
    this.#element.classList.toggle("past", isPast);
    this.#element.hidden = !text;
    // It is an alert: writing the same text again would announce it again.
    if (this.#element.textContent !== text) this.#element.textContent = text;
  }
}
