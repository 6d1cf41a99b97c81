import { query } from "app/shared/dom";

const YEAR_S = 365 * 24 * 3600;

/**
 * The button that shows each sentence as a row with its time, instead of running paragraphs. The choice is kept in a
 * cookie of this browser, from which the server shows the next page alike.
 */
export class ViewSwitch {
  #rows;
  #button;
  #events = new AbortController();

  /**
   * @param {HTMLElement} rows
   * @param {HTMLButtonElement} button
   */
  constructor(rows, button) {
    this.#rows = rows;
    this.#button = button;
    button.hidden = false;
    button.addEventListener("click", () => this.#toggle(), { signal: this.#events.signal });
  }

  close() {
    this.#events.abort();
  }

  #toggle() {
    const top = this.#firstInSight();
    const isReading = this.#rows.classList.toggle("reading");
    this.#button.setAttribute("aria-pressed", String(!isReading));
    const { cookie, path } = this.#button.dataset;
    const view = isReading ? "paragraphs" : "rows";
    // biome-ignore lint/suspicious/noDocumentCookie: not every browser here has the Cookie Store API.
    document.cookie = `${cookie}=${view}; Path=${path}; Max-Age=${YEAR_S}; SameSite=Lax`;
    // The reader stays at the same words, unless at the top.
    if (window.scrollY > 0) top?.scrollIntoView({ block: "start" });
  }

  #firstInSight() {
    for (const paragraph of this.#rows.children) {
      if (paragraph.getBoundingClientRect().bottom <= 0) continue;
      const rows = [...paragraph.querySelectorAll(":scope > .row")];
      return rows.find((row) => query(row, ":scope > *", HTMLElement).getBoundingClientRect().bottom > 0) ?? paragraph;
    }
    return null;
  }
}
