import { closest, optional, query } from "app/shared/dom";
import { RequestError, sentenceOf } from "app/shared/requests";
import { textOf } from "app/shared/row";
import { canPlay, play } from "app/shared/transcript-sound";
import { AROUND_MS, EditorForm } from "app/transcript/editor-form";

/**
 * @import { Saving } from "app/transcript/autosave"
 * @import { Changed, Rows } from "app/transcript/rows"
 * @import { Sentence } from "app/transcript/sentence"
 */

/**
 * Callbacks of the editor: `sentence` returns the Sentence of a row; `applied` is called when sentences have changed,
 * `note` to add a note or heading before a row, and `left` when a row is no longer edited.
 * @typedef {object} EditorEvents
 * @property {(row: HTMLElement) => Sentence} sentence
 * @property {(changed: Changed) => Promise<void>} applied
 * @property {(kind: "heading" | "note", row: HTMLElement) => void} note
 * @property {(row: HTMLElement) => void} left
 */

/**
 * What was split or merged and not undone yet: the sentence to undo it at, and the text in the field right after it.
 * @typedef {{sentence: Sentence, text: string}} Step
 */

/** @typedef {{row: HTMLElement, sentence: Sentence, form: EditorForm, steps: Step[]}} Edited */

/** Edits one sentence at a time, in a form in place of its text. */
export class Editor {
  #rows;
  #template;
  #on;
  /** @type {Edited | null} */
  #edited = null;

  /**
   * @param {Rows} rows
   * @param {HTMLTemplateElement} template
   * @param {EditorEvents} on
   */
  constructor(rows, template, on) {
    this.#rows = rows;
    this.#template = template;
    this.#on = on;
  }

  /** The row being edited, or null. */
  get row() {
    return this.#edited?.row ?? null;
  }

  /**
   * @param {HTMLElement} row
   * @param {number} [caret]
   */
  open(row, caret) {
    if (this.#edited?.row === row) return this.#edited.form.focus();
    this.close();
    const sentence = this.#on.sentence(row);
    sentence.begin();
    const form = new EditorForm(this.#template, sentence);
    /** @type {Edited} */
    const edited = { row, sentence, form, steps: [] };
    this.#listen(edited);
    this.#edited = edited;
    this.#offer(edited);
    return form.open(caret);
  }

  /** Closes the form and saves the text; with `focus`, moves the focus to the row's button. */
  close({ focus = false } = {}) {
    if (!this.#edited) return;
    const { row, sentence, form } = this.#edited;
    this.#edited = null;
    form.close();
    if (focus) query(row, ".row-edit", HTMLElement).focus();
    sentence.flush();
    this.#on.left(row);
  }

  /**
   * Shows the state of saving the sentence.
   * @param {Saving} saving
   */
  tell(saving) {
    this.#edited?.form.tell(saving);
    if (this.#edited) this.#offer(this.#edited);
  }

  /** Updates the form after sentences were changed elsewhere on the page. */
  refresh() {
    this.#edited?.form.refresh();
    if (this.#edited) this.#offer(this.#edited);
  }

  /** @param {Edited} edited */
  #offer({ row, form }) {
    form.offer({ hasNext: this.#rows.beside(row, 1) !== null });
  }

  /** @param {Edited} edited */
  #listen(edited) {
    const { element, field } = edited.form;
    const speakers = optional(element, "[data-speakers]", HTMLDetailsElement);
    speakers?.addEventListener("toggle", () => {
      if (speakers.open) this.#ask(edited, () => this.#listSpeakers(edited, speakers));
    });
    element.addEventListener("submit", (event) => event.preventDefault());
    element.addEventListener("click", ({ target }) => {
      const { do: what, speaker } = closest(target, "[data-do]", HTMLElement)?.dataset ?? {};
      if (what === "speaker") this.#ask(edited, () => this.#give(edited, speaker));
      else this.#do(edited, what);
    });
    element.addEventListener("keydown", (event) => {
      const action = event.isComposing ? null : this.#actionOf(edited, event);
      if (!action) return;
      event.preventDefault();
      action();
    });
    field.addEventListener("input", () => {
      // A sentence has no line breaks unless they were dictated, even if pasted text does.
      if (/[\r\n]/.test(field.value) && !textOf(edited.row).includes("\n"))
        field.value = field.value.replace(/[\r\n]+/g, " ");
      edited.sentence.change(field.value);
      edited.form.fit();
    });
  }

  /**
   * The action of a key; null if the key keeps its usual meaning.
   * @param {Edited} edited
   * @param {KeyboardEvent} event
   */
  #actionOf(edited, { key, target, altKey, ctrlKey, metaKey, shiftKey }) {
    if (key === "Escape") return () => this.close({ focus: true });
    const step = edited.steps.at(-1);
    if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === "z" && target === edited.form.field) {
      // The browser undoes what was typed since; before that comes what it does not know of.
      return step?.text === edited.form.field.value ? () => this.#ask(edited, () => this.#undo(edited, step)) : null;
    }
    if (altKey && key === "ArrowUp") return () => this.#openBeside(edited, -1);
    if (altKey && key === "ArrowDown") return () => this.#openBeside(edited, 1);
    if (key !== "Enter" || target !== edited.form.field) return null;
    if (ctrlKey || metaKey) return () => this.#do(edited, "split");
    if (shiftKey) return () => this.#do(edited, "play");
    return () => this.#finish(edited);
  }

  /**
   * @param {Edited} edited
   * @param {number} step
   */
  #openBeside({ row }, step) {
    const other = this.#rows.beside(row, step);
    if (other) this.open(other);
    return other !== null;
  }

  /**
   * Opens the next sentence, or closes the editor after the last; does neither during a conflict.
   * @param {Edited} edited
   */
  #finish(edited) {
    if (edited.sentence.saving.state === "conflict") return;
    if (!this.#openBeside(edited, 1)) this.close({ focus: true });
  }

  /**
   * @param {Edited} edited
   * @param {string} [what]
   */
  #do(edited, what) {
    const { row, sentence, form } = edited;
    switch (what) {
      case "play":
        if (canPlay()) play(Number(row.dataset.startMs) - AROUND_MS, Number(row.dataset.endMs) + AROUND_MS);
        break;
      case "leave":
        this.close({ focus: true });
        break;
      case "heading":
      case "note":
        this.#on.note(what, row);
        break;
      case "mine":
        form.focus();
        sentence.keepMine();
        break;
      case "theirs":
        form.focus();
        this.#keepTheirs(edited);
        break;
      case "split":
        this.#ask(edited, () => this.#split(edited));
        break;
      case "join":
        this.#ask(edited, () => this.#join(edited));
        break;
      case "undo":
        this.#ask(edited, () => this.#undo(edited));
        break;
    }
  }

  /** @param {Edited} edited */
  async #keepTheirs(edited) {
    const { saving } = edited.sentence;
    if (saving.state !== "conflict") return;
    await edited.sentence.keepTheirs();
    await this.#on.applied({ rows: [saving.stored] });
    if (this.#edited === edited) this.tell({ state: "dirty", answer: null });
  }

  /**
   * @param {Edited} edited
   * @param {() => Promise<void>} work
   */
  async #ask(edited, work) {
    try {
      await work();
    } catch (error) {
      if (error instanceof RequestError && error.status === 409) await this.#on.applied({ rows: [error.data.row] });
      if (this.#edited === edited) edited.form.problem(sentenceOf(error));
    }
  }

  /** @param {Edited} edited */
  async #split({ sentence, form, steps }) {
    const { value, selectionStart } = form.field;
    const halves = { first: value.slice(0, selectionStart), second: value.slice(selectionStart) };
    const answer = await sentence.ask("split", halves);
    if (!answer) return;
    await this.#on.applied(answer);
    this.#openSentence(answer.rows[1].seq, 0);
    this.#keepStep(sentence, steps);
  }

  /**
   * Notes what was just done, so that Ctrl+Z in the open sentence undoes it.
   * @param {Sentence} sentence
   * @param {Step[]} before
   */
  #keepStep(sentence, before) {
    if (this.#edited) this.#edited.steps = [...before, { sentence, text: this.#edited.form.field.value }];
  }

  /** @param {Edited} edited */
  async #join({ row, sentence, form, steps }) {
    const next = this.#rows.beside(row, 1);
    const caret = form.field.value.length;
    if (!next || !(await this.#on.sentence(next).flush())) return;
    const expected = { next_seq: next.dataset.seq, next_version: next.dataset.version };
    const answer = await sentence.ask("join", expected);
    if (!answer) return;
    await this.#on.applied(answer);
    form.focus(caret);
    this.#keepStep(sentence, steps);
  }

  /**
   * @param {Edited} edited
   * @param {HTMLElement} list
   */
  async #listSpeakers({ row }, list) {
    const { listSpeakers } = await import("app/transcript/speakers");
    await listSpeakers(list, row, this.#rows);
  }

  /**
   * Gives the sentence to another speaker.
   * @param {Edited} edited
   * @param {string} [speaker] - The number; empty for somebody new.
   */
  async #give({ sentence, form, steps }, speaker) {
    const answer = await sentence.ask("speaker", { speaker });
    if (!answer) return;
    await this.#on.applied(answer);
    const list = query(form.element, "[data-speakers]", HTMLDetailsElement);
    list.open = false;
    form.focus();
    this.#keepStep(sentence, steps);
    // Where they are told apart only now, all others have names as well.
    const { nameAll } = await import("app/transcript/speakers");
    await nameAll(this.#rows, { unlessNamed: true });
  }

  /**
   * Undoes the last change of the sentence, or a step.
   * @param {Edited} edited
   * @param {Step} [step]
   */
  async #undo({ sentence, form, steps }, step) {
    if (!(await sentence.flush())) return;
    const answer = await (step?.sentence ?? sentence).ask("undo");
    if (!answer) return;
    const isGone = answer.rows.some(({ seq, text }) => seq === sentence.seq && !text);
    if (isGone) this.close();
    await this.#on.applied(answer);
    const left = answer.rows.find(({ text }) => text);
    if (!isGone) form.focus();
    else if (left) this.#openSentence(left.seq);
    const earlier = steps.slice(0, -1);
    if (this.#edited) this.#edited.steps = earlier;
    // The texts before and after are the same to an earlier step.
    const last = earlier.at(-1);
    if (last && this.#edited) last.text = this.#edited.form.field.value;
  }

  /**
   * @param {number} seq
   * @param {number} [caret]
   */
  #openSentence(seq, caret) {
    const row = this.#rows.get(seq);
    if (row) this.open(row, caret);
  }
}
