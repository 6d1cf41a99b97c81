/** @typedef {{text: string, href: string}} LinkData */

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
   * @param {object} [options]
   * @param {boolean} [options.isPast] - Whether the sentence is about something that is over, or no trouble.
   * @param {LinkData[]} [options.links] - Shown after the sentence.
   */
  show(text, { isPast = false, links = [] } = {}) {
    this.#element.classList.toggle("past", isPast);
    this.#element.hidden = !text;
    // It is an alert: writing the same text again would announce it again.
    const parts = [text, ...links.flatMap((link, index) => [index ? " · " : " ", linkTo(link)])];
    const shown = parts.map((part) => (typeof part === "string" ? part : part.textContent)).join("");
    if (this.#element.textContent !== shown) this.#element.replaceChildren(...parts);
  }
}

/** @param {LinkData} link */
function linkTo({ text, href }) {
  const link = document.createElement("a");
  link.href = href;
  link.textContent = text;
  return link;
}
