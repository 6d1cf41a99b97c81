import { byId, closest } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { setText, textOf } from "app/shared/row";
import { inSlices } from "app/shared/slices";
import { pressedAt } from "app/shared/text-places";
import { canPlay } from "app/shared/transcript-sound";
import { CorrectionLine } from "app/transcript/correction";
import { Editor } from "app/transcript/editor";
import { RowKeys } from "app/transcript/row-keys";
import { tellInRow } from "app/transcript/row-problem";
import { Sentences } from "app/transcript/sentences";

/**
 * @import { SentenceData } from "app/shared/row"
 * @import { Saving } from "app/transcript/autosave"
 * @import { Changed, Rows } from "app/transcript/rows"
 * @import { Sentence } from "app/transcript/sentence"
 */

/**
 * @typedef {object} EditingEvents
 * @property {() => void} settled - Sentences were saved or changed, and are shown as they are now.
 * @property {(changed: Changed) => void} counted - The server has answered with the number of words.
 * @property {(sentence: string) => void} said - A screen reader should say this.
 * @property {(kind: "heading" | "note", row: HTMLElement) => void} note - One is to be added before a row.
 */

/** Edits the sentences of a transcript where they stand, on any page that shows their rows. */
export class Editing {
  #rows;
  #on;
  #sentences;
  #correction;
  #editor;
  #keys;
  #isPressing = false;
  /** @type {Promise<void>} */
  #applying = Promise.resolve();
  #events = new AbortController();

  /**
   * @param {Rows} rows
   * @param {EditingEvents} on
   */
  constructor(rows, on) {
    this.#rows = rows;
    this.#on = on;
    this.#sentences = new Sentences(rows, (sentence, saving) => this.#savingChanged(sentence, saving));
    this.#correction = new CorrectionLine(rows, byId("correction-template", HTMLTemplateElement), (changed) =>
      this.#apply(changed),
    );
    this.#editor = new Editor(rows, byId("editor-template", HTMLTemplateElement), {
      sentence: (row) => this.sentence(row),
      applied: (changed) => this.apply(changed),
      left: (row) => this.#left(row),
      note: on.note,
    });
    this.#keys = new RowKeys(rows);
    this.#listen();
    this.#sentences.restore();
  }

  /**
   * The sentence of a row.
   * @param {HTMLElement} row
   */
  sentence(row) {
    return this.#sentences.of(row);
  }

  /**
   * Applies changes other than typing, which make the line about a correction of the same sentence outdated. Resolves
   * when they are shown.
   * @param {Changed} changed
   */
  apply(changed) {
    this.#correction.forget(changed);
    return this.#apply(changed);
  }

  /** Closes the editor, if it is open. */
  leave() {
    this.#editor.close();
  }

  close() {
    this.#events.abort();
    this.#editor.close();
    this.#sentences.flush();
    for (const part of [this.#correction, this.#keys, this.#sentences]) part.close();
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
    if (!isUnderWay) event.preventDefault();
  }

  /**
   * @param {Sentence} sentence
   * @param {Saving} saving
   */
  #savingChanged({ row }, saving) {
    if (this.#editor.row === row) this.#editor.tell(saving);
    else this.#tellInRow(row, saving);
    if ("answer" in saving && saving.answer) {
      this.#on.counted(saving.answer);
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
    if (this.#editor.row !== row && !textOf(row).trim()) {
      this.#rows.remove(row);
      this.#on.said(gettext("The sentence was deleted. You can restore it from the version history."));
    }
    this.#on.settled();
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
    this.#on.counted(changed);
    this.#on.settled();
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
