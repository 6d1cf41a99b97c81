import { SecondPass } from "app/second-pass/second-pass";
import { byId, optional } from "app/shared/dom";
import { language, ngettext } from "app/shared/i18n";
import { Editing } from "app/transcript/editing";
import { Find } from "app/transcript/find";
import { Following } from "app/transcript/following";
import { Notes } from "app/transcript/notes";
import { Rows } from "app/transcript/rows";
import { UnsureWords } from "app/transcript/unsure";
import { ViewSwitch } from "app/transcript/view-switch";

/** @import { Changed } from "app/transcript/rows" */

/** The page of one transcript, whose sentences are edited in place. */
export class TranscriptPage {
  #rows = new Rows(byId("rows", HTMLElement));
  #editing;
  #notes;
  #find;
  #unsure;
  #secondPass;
  #view;
  #following;
  #events = new AbortController();

  constructor() {
    const rows = this.#rows;
    this.#notes = new Notes(rows, byId("note-template", HTMLTemplateElement));
    const unsure = optional(document, "#unsure", HTMLButtonElement);
    this.#unsure = unsure && new UnsureWords(rows, unsure, say);
    /** @param {HTMLElement} row */
    const sentence = (row) => this.#editing.sentence(row);
    /** @param {Changed} changed */
    const applied = (changed) => this.#editing.apply(changed);
    const leave = () => this.#editing.leave();
    const bar = byId("find-bar", HTMLFormElement);
    this.#find = new Find(rows, bar, byId("find", HTMLButtonElement), { sentence, applied, leave });
    const section = optional(document, "#second-pass", HTMLElement);
    this.#secondPass = section && new SecondPass(section, rows, { sentence, applied });
    this.#editing = new Editing(rows, {
      settled: () => this.#refresh(),
      counted: count,
      said: say,
      note: (kind, row) => {
        this.#editing.leave();
        this.#notes.add(kind, row);
      },
    });
    this.#view = new ViewSwitch(rows.element, byId("view", HTMLButtonElement));
    const running = optional(document, "#running", HTMLElement);
    this.#following = running && new Following(running, rows, applied);
    // Whoever comes back may have given names elsewhere.
    document.addEventListener("visibilitychange", () => this.#nameAgain(), { signal: this.#events.signal });
    window.addEventListener("focus", () => this.#nameAgain(), { signal: this.#events.signal });
    window.addEventListener("beforeunload", (event) => this.#notes.isPending && event.preventDefault(), {
      signal: this.#events.signal,
    });
  }

  close() {
    this.#events.abort();
    this.#following?.close();
    for (const part of [this.#editing, this.#notes, this.#find, this.#unsure, this.#secondPass, this.#view]) {
      part?.close();
    }
  }

  async #nameAgain() {
    if (document.hidden || !optional(document, ".row > .who", HTMLElement)) return;
    try {
      const { nameAll } = await import("app/transcript/speakers");
      await nameAll(this.#rows);
    } catch {
      // The names stay as they were.
    }
  }

  #refresh() {
    this.#find.refresh();
    this.#unsure?.refresh();
    this.#secondPass?.refresh();
  }
}

/** @param {Changed} changed */
function count({ word_count: words }) {
  if (words === undefined) return;
  const values = { count: words.toLocaleString(language) };
  byId("word-count", HTMLElement).textContent = ngettext("%(count)s word", "%(count)s words", words, values);
}

/** @param {string} sentence */
function say(sentence) {
  byId("copied", HTMLElement).textContent = sentence;
}
