import { byId, optional, query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { Editing } from "app/transcript/editing";
import { Rows } from "app/transcript/rows";

/** @import { Transcript } from "app/dictation/transcript" */
/** @import { SentenceData } from "app/shared/row" */
/** @import { Changed } from "app/transcript/rows" */

/**
 * @typedef {object} LogEvents
 * @property {() => void} settled - Sentences were saved or changed, and are shown as they are now.
 * @property {(sentence: string) => void} said
 */

/** The sentences in the log of a dictation, which stand beside each other; one without words stays there, hidden. */
class LogRows extends Rows {
  #transcript;

  /**
   * @param {HTMLElement} log
   * @param {Transcript} transcript
   */
  constructor(log, transcript) {
    super(log);
    this.#transcript = transcript;
  }

  /**
   * @override
   * @param {HTMLElement} row
   * @param {number} step
   */
  beside(row, step) {
    /** @type {Element | null} */
    let other = row;
    do {
      other = step < 0 ? other.previousElementSibling : other.nextElementSibling;
    } while (other instanceof HTMLElement && (other.hidden || other.dataset.seq === undefined));
    return other instanceof HTMLElement ? other : null;
  }

  /**
   * @override
   * @param {SentenceData} sentence
   */
  apply(sentence) {
    this.#transcript.add(sentence);
    const row = this.get(sentence.seq);
    if (row) this.offer(row);
    return row && !row.hidden ? row : null;
  }

  /**
   * @override
   * @param {HTMLElement} row
   */
  remove(row) {
    row.hidden = true;
  }

  /**
   * Gives a row its link to edit it.
   * @param {HTMLElement} row
   */
  offer(row) {
    const time = query(row, ".when", HTMLTimeElement).textContent ?? "";
    const edit = optional(row, ".row-edit", HTMLAnchorElement) ?? document.createElement("a");
    edit.className = "row-edit";
    edit.textContent = gettext("Edit");
    edit.href = `${this.url}utterances/${row.dataset.seq}/`;
    edit.setAttribute("aria-label", gettext("Edit %(time)s", { time }));
    if (!edit.isConnected) row.append(edit);
  }
}

/** Edits the sentences in the log after a dictation, as on the page of its transcript. */
export class LogEditing {
  #log;
  #editing;

  /**
   * @param {Transcript} transcript
   * @param {string} url - The address of the session.
   * @param {LogEvents} on
   */
  constructor(transcript, url, on) {
    this.#log = byId("log", HTMLElement);
    this.#log.dataset.url = url;
    // What is typed in the log would be announced as a new sentence.
    this.#log.ariaLive = "off";
    this.#log.classList.add("rows");
    const rows = new LogRows(this.#log, transcript);
    for (const row of queryAll(this.#log, "[data-seq]", HTMLElement)) rows.offer(row);
    this.#editing = new Editing(rows, { ...on, counted: () => {}, note: () => {} });
  }

  /** @param {Changed} changed */
  apply(changed) {
    return this.#editing.apply(changed);
  }

  /** Saves what is being edited; the rows can no longer be edited. */
  close() {
    this.#editing.close();
    for (const edit of queryAll(this.#log, ".row-edit", HTMLElement)) edit.remove();
    this.#log.classList.remove("rows");
    this.#log.ariaLive = byId("announce", HTMLInputElement).checked ? "polite" : "off";
  }
}
