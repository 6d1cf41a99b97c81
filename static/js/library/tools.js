import { byId, closest, optional, query, queryAll } from "app/shared/dom";
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
    const rows = byId("rows", HTMLElement);
    const paragraphs = queryAll(rows, ".paragraph", HTMLElement).map(rows.matches(".reading") ? running : inLines);
    try {
      await navigator.clipboard.writeText(paragraphs.join(rows.matches(".reading") ? "\n\n" : "\n").trim());
      this.#said.textContent = gettext("Copied");
    } catch {
      this.#said.textContent = gettext("This browser does not let the page copy. Select the text instead.");
    }
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    // One of them is within another.
    const open = this.#tools.findLast((tool) => tool.open);
    if (event.key !== "Escape" || !open || isInDialog(event.target)) return;
    open.open = false;
    query(open, "summary", HTMLElement).focus();
  }

  /**
   * Closes an open tool, which covers part of the page, on a click outside it.
   * @param {MouseEvent} event
   */
  #clicked({ target }) {
    if (isInDialog(target)) return;
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

/** @param {EventTarget | null} target */
function isInDialog(target) {
  return closest(target, "dialog", HTMLElement) !== null;
}

/**
 * A line for each sentence and note of a paragraph.
 * @param {HTMLElement} paragraph
 */
function inLines(paragraph) {
  const parts = queryAll(paragraph, "[data-text], [data-note-text]", HTMLElement);
  return parts
    .map((each) => (each.matches("h2") ? `\n${each.textContent}\n` : `${whoOf(each.parentElement)}${each.textContent}`))
    .join("\n");
}

/**
 * The sentences of a paragraph as they run on, with empty lines around its notes.
 * @param {HTMLElement} paragraph
 */
function running(paragraph) {
  const parts = [...paragraph.childNodes].map((node) => {
    if (!(node instanceof HTMLElement)) return node.textContent;
    const note = optional(node, "[data-note-text]", HTMLElement);
    if (note) return `\n\n${note.textContent}\n\n`;
    const goesOn = node.previousElementSibling?.matches("[data-seq]");
    return `${goesOn ? "" : whoOf(node)}${optional(node, "[data-text]", HTMLElement)?.textContent ?? ""}`;
  });
  return parts.join("").trim();
}

/**
 * The name of whose words a row has, if that is on the page, as it stands before them in a text.
 * @param {HTMLElement | null} row
 */
function whoOf(row) {
  const who = row && optional(row, ".who", HTMLElement);
  return who ? `${who.textContent}: ` : "";
}
