import { SecondPass } from "app/second-pass/second-pass";
import { byId, closest, optional } from "app/shared/dom";
import { gettext, language, ngettext } from "app/shared/i18n";
import { setText, textOf } from "app/shared/row";
import { inSlices } from "app/shared/slices";
import { pressedAt } from "app/shared/text-places";
import { canPlay } from "app/shared/transcript-sound";
import { CorrectionLine } from "app/transcript/correction";
import { Editor } from "app/transcript/editor";
import { Find } from "app/transcript/find";
import { Notes } from "app/transcript/notes";
import { RowKeys } from "app/transcript/row-keys";
import { tellInRow } from "app/transcript/row-problem";
import { Rows } from "app/transcript/rows";
import { Sentences } from "app/transcript/sentences";
import { UnsureWords } from "app/transcript/unsure";
import { ViewSwitch } from "app/transcript/view-switch";

/**
 * @import { SentenceData } from "app/shared/row"
 * @import { Saving } from "app/transcript/autosave"
 * @import { Changed } from "app/transcript/rows"
 * @import { Sentence } from "app/transcript/sentence"
 */

/** The page of one transcript, whose sentences are edited in place. */
export class TranscriptPage {
  #rows = new Rows(byId("rows", HTMLElement));
  #sentences;
  #notes;
  #correction;
  #editor;
  #find;
  #unsure;
  #secondPass;
  #keys;
  #view;
  #isPressing = false;
  /** @type {Promise<void>} */
  #applying = Promise.resolve();
  #events = new AbortController();

  constructor() {
    const rows = this.#rows;
    this.#sentences = new Sentences(rows, (sentence, saving) => this.#savingChanged(sentence, saving));
    /** @param {HTMLElement} row */
    const sentence = (row) => this.#sentences.of(row);
    /** @param {Changed} changed */
    const applied = (changed) => this.#changed(changed);
    this.#notes = new Notes(rows, byId("note-template", HTMLTemplateElement));
    this.#correction = new CorrectionLine(rows, byId("correction-template", HTMLTemplateElement), (changed) =>
      this.#apply(changed),
    );
    this.#editor = new Editor(rows, byId("editor-template", HTMLTemplateElement), {
      sentence,
      applied,
      left: (row) => this.#left(row),
      note: (kind, row) => {
        this.#editor.close();
        this.#notes.add(kind, row);
      },
    });
    const leave = () => this.#editor.close();
    const bar = byId("find-bar", HTMLFormElement);
    this.#find = new Find(rows, bar, byId("find", HTMLButtonElement), { sentence, applied, leave });
    const unsure = optional(document, "#unsure", HTMLButtonElement);
    this.#unsure = unsure && new UnsureWords(rows, unsure, say);
    const section = optional(document, "#second-pass", HTMLElement);
    this.#secondPass = section && new SecondPass(section, rows, { sentence, applied });
    this.#keys = new RowKeys(rows);
    this.#view = new ViewSwitch(rows.element, byId("view", HTMLButtonElement));
    this.#listen();
    this.#sentences.restore();
  }

  close() {
    this.#events.abort();
    this.#editor.close();
    const parts = [this.#notes, this.#correction, this.#find, this.#unsure, this.#secondPass];
    for (const part of [...parts, this.#keys, this.#view, this.#sentences]) part?.close();
  }

  #listen() {
    const { signal } = this.#events;
    const { element } = this.#rows;
    element.addEventListener("click", (event) => this.#clicked(event), { signal });
    element.addEventListener("dblclick", (event) => canPlay() && this.#openWhere(event), { signal });
    // The layout must not change while a pointer is pressed: its target would have moved when it is released.
    document.addEventListener("pointerdown", () => (this.#isPressing = true), { signal });
    for (const name of ["pointerup", "pointercancel"]) {
      document.addEventListener(name, () => setTimeout(() => (this.#isPressing = false)), { signal });
    }
    document.addEventListener(
      "focusin",
      ({ target }) => {
        if (!this.#isPressing && this.#isElsewhere(target)) this.#editor.close();
      },
      { signal },
    );
    document.addEventListener(
      "click",
      ({ target }) => {
        if (this.#isElsewhere(target)) this.#editor.close();
      },
      { signal },
    );
    window.addEventListener("beforeunload", (event) => this.#leaving(event), { signal });
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const row = closest(closest(event.target, ".row-edit", HTMLElement), "[data-seq]", HTMLElement);
    if (row) {
      event.preventDefault();
      this.#editor.open(row);
    } else if (!canPlay() && getSelection()?.isCollapsed) {
      this.#openWhere(event);
    }
  }

  /**
   * Opens the editor with the caret where the user clicked, if that was in the text.
   * @param {MouseEvent} event
   */
  #openWhere(event) {
    const text = closest(event.target, "[data-text]", HTMLElement);
    const row = closest(text, "[data-seq]", HTMLElement);
    if (text && row) this.#editor.open(row, pressedAt(text, event) ?? undefined);
  }

  /**
   * Whether an element is outside the edited row; the dock is not, because users play the sound while correcting.
   * @param {EventTarget | null} target
   */
  #isElsewhere(target) {
    const { row } = this.#editor;
    if (!row || !(target instanceof Node) || !target.isConnected) return false;
    return !row.contains(target) && !closest(target, ".dock", HTMLElement);
  }

  /** @param {BeforeUnloadEvent} event */
  #leaving(event) {
    const { pending } = this.#sentences;
    this.#sentences.flush();
    const isUnderWay = pending.every(({ saving }) => saving.state === "dirty" || saving.state === "saving");
    if (this.#notes.isPending || !isUnderWay) event.preventDefault();
  }

  /**
   * @param {Sentence} sentence
   * @param {Saving} saving
   */
  #savingChanged({ row }, saving) {
    if (this.#editor.row === row) this.#editor.tell(saving);
    else this.#tellInRow(row, saving);
    if ("answer" in saving && saving.answer) {
      count(saving.answer);
      this.#correction.show(row, saving.answer.correction);
    }
    if (saving.state === "saved") this.#settled(row);
  }

  /**
   * @param {HTMLElement} row
   * @param {Saving} saving
   */
  #tellInRow(row, saving) {
    tellInRow(row, saving, () => this.#editor.open(row));
  }

  /**
   * Updates the page after a sentence was saved; removes one without words unless it is being edited.
   * @param {HTMLElement} row
   */
  #settled(row) {
    this.#find.refresh();
    if (this.#editor.row !== row && !textOf(row).trim()) {
      this.#rows.remove(row);
      say(gettext("The sentence was deleted. You can restore it from the version history."));
    } else {
      this.#unsure?.refresh();
    }
    this.#secondPass?.refresh();
  }

  /** @param {HTMLElement} row */
  #left(row) {
    const sentence = this.#sentences.of(row);
    const text = textOf(row).trim().replace(/\s+/g, " ");
    if (textOf(row) !== text) setText(row, text);
    if (sentence.isPending) this.#tellInRow(row, sentence.saving);
    else this.#settled(row);
  }

  /**
   * Applies changes other than typing, which make the line about a correction of the same sentence outdated.
   * @param {Changed} changed
   */
  #changed(changed) {
    this.#correction.forget(changed);
    return this.#apply(changed);
  }

  /**
   * Shows changed sentences; one change after another, because thousands take a while. Resolves when all are shown.
   * @param {Changed} changed
   */
  #apply(changed) {
    const shown = this.#applying.then(() => this.#show(changed));
    this.#applying = shown.catch(() => {});
    return shown;
  }

  /** @param {Changed} changed */
  async #show(changed) {
    await inSlices(changed.rows, (each) => this.#showSentence(each));
    this.#editor.refresh();
    count(changed);
    this.#find.refresh();
    this.#unsure?.refresh();
    this.#secondPass?.refresh();
  }

  /** @param {SentenceData} stored */
  #showSentence(stored) {
    const sentence = this.#sentences.find(stored.seq);
    // Text typed by the user is not overwritten: saving it will show the conflict.
    if (sentence?.isPending) return;
    if (!stored.text && this.#editor.row?.dataset.seq === String(stored.seq)) this.#editor.close();
    this.#rows.apply(stored);
    sentence?.begin();
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
