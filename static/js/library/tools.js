import { byId, query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { canPlay, play } from "app/shared/transcript-sound";

/** The tools of a transcript that need scripts: copying it, and playing it from a search hit. */
export class TranscriptTools {
  #said = byId("copied", HTMLElement);
  #tools = queryAll(document, "details.tool", HTMLDetailsElement);
  #address = new URL(location.href);
  #events = new AbortController();

  constructor() {
    const { signal } = this.#events;
    if (navigator.clipboard) {
      const copy = byId("copy", HTMLButtonElement);
      copy.hidden = false;
      copy.addEventListener("click", () => this.#copy(), { signal });
    }
    document.addEventListener("keydown", (event) => this.#pressed(event), { signal });
    document.addEventListener("click", (event) => this.#clicked(event), { signal });
    this.#hearHit(signal);
  }

  close() {
    this.#events.abort();
  }

  async #copy() {
    const parts = queryAll(document, "#rows :is([data-text], [data-note-text])", HTMLElement);
    const lines = parts.map((each) => (each.matches("h2") ? `\n${each.textContent}\n` : each.textContent));
    try {
      await navigator.clipboard.writeText(lines.join("\n").trim());
      this.#said.textContent = gettext("Copied");
    } catch {
      this.#said.textContent = gettext("This browser does not let the page copy. Select the text instead.");
    }
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // One of them is within another.
    const open = this.#tools.findLast((tool) => tool.open);
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    query(open, "summary", HTMLElement).focus();
  }

  /**
   * Closes an open tool, which covers part of the page, on a click outside it.
   * @param {MouseEvent} event
   */
  #clicked({ target }) {
    for (const tool of this.#tools) {
      if (!(target instanceof Node && tool.contains(target))) tool.open = false;
    }
  }

  /**
   * Plays from a search hit if the address has `play`; removes `play`, so that a reload does not play again.
   * @param {AbortSignal} signal
   */
  #hearHit(signal) {
    const { searchParams } = this.#address;
    if (!searchParams.has("play")) return;
    searchParams.delete("play");
    history.replaceState(history.state, "", this.#address);
    if (canPlay()) this.#hear();
    else document.addEventListener("transcript:player", () => this.#hear(), { once: true, signal });
  }

  #hear() {
    if (canPlay()) play(Number(this.#address.searchParams.get("at")) || 0);
  }
}
