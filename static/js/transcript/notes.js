import { cut } from "app/shared/characters";
import { closest, query, queryAll } from "app/shared/dom";
import { fit } from "app/shared/fit";
import { gettext } from "app/shared/i18n";
import { post, RequestError, sentenceOf } from "app/shared/requests";

/** @import { Rows } from "app/transcript/rows" */

/** @typedef {"heading" | "note"} NoteKind */

/** @typedef {{id: number, kind: NoteKind, at_ms: number, text: string, version: number}} NoteData */

/** @typedef {{row: HTMLElement, form: HTMLFormElement, field: HTMLTextAreaElement, before: string}} OpenNote */

const NAMES = { heading: gettext("Heading"), note: gettext("Note") };
const LONGEST_NAME = 40;

/** The notes and headings between the sentences: adds, changes and deletes them, in a small form in place. */
export class Notes {
  #rows;
  #template;
  /** @type {OpenNote | null} */
  #open = null;
  /** @type {Promise<void> | null} */
  #saving = null;
  #events = new AbortController();

  /**
   * @param {Rows} rows
   * @param {HTMLTemplateElement} template
   */
  constructor(rows, template) {
    this.#rows = rows;
    this.#template = template;
    for (const button of queryAll(rows.element, "[data-note] .row-edit", HTMLButtonElement)) button.hidden = false;
    rows.element.addEventListener(
      "click",
      ({ target }) => {
        const button = closest(target, "[data-note] .row-edit", HTMLButtonElement);
        const row = closest(button, "[data-note]", HTMLElement);
        if (row) this.#edit(row);
      },
      { signal: this.#events.signal },
    );
  }

  /** Whether the open form has unsaved text. */
  get isPending() {
    return this.#open !== null && this.#open.field.value !== this.#open.before;
  }

  /**
   * Opens a form for a new note or heading before a sentence.
   * @param {NoteKind} kind
   * @param {HTMLElement} sentence
   */
  async add(kind, sentence) {
    if (!(await this.#leave())) return;
    const row = document.createElement("div");
    row.className = "row between";
    row.dataset.atMs = sentence.dataset.startMs;
    row.dataset.kind = kind;
    this.#rows.insert(row);
    this.#openForm(row, "");
  }

  close() {
    this.#events.abort();
    this.#closeForm();
  }

  /** @param {HTMLElement} row */
  async #edit(row) {
    if (!(await this.#leave())) return;
    this.#openForm(row, query(row, "[data-note-text]", HTMLElement).textContent ?? "");
  }

  // Saves and closes the open form before another is opened; returns false if it could not be saved.
  async #leave() {
    if (this.#open && this.isPending) await this.#save(this.#open);
    if (this.isPending) return false;
    this.#closeForm();
    return true;
  }

  /**
   * @param {HTMLElement} row
   * @param {string} text
   */
  #openForm(row, text) {
    const form = document.importNode(query(this.#template.content, "form", HTMLFormElement), true);
    const field = query(form, "textarea", HTMLTextAreaElement);
    const kind = kindOf(row);
    const open = { row, form, field, before: text };
    field.value = text;
    field.setAttribute("aria-label", NAMES[kind]);
    field.placeholder = NAMES[kind];
    form.classList.add(kind);
    query(form, "[data-do=delete]", HTMLButtonElement).hidden = !row.dataset.note;
    this.#listen(open);
    for (const each of queryAll(row, ":scope > *", HTMLElement)) each.hidden = true;
    row.append(form);
    this.#open = open;
    fit(field);
    field.focus();
  }

  /** @param {OpenNote} open */
  #listen(open) {
    const { row, form, field } = open;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(open);
    });
    form.addEventListener("click", ({ target }) => {
      const what = closest(target, "[data-do]", HTMLElement)?.dataset.do;
      if (what === "cancel") this.#closeForm({ focus: true });
      if (what === "delete") this.#delete(row);
    });
    form.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") this.#closeForm({ focus: true });
      if (event.key !== "Enter" || event.target !== field) return;
      event.preventDefault();
      form.requestSubmit();
    });
    field.addEventListener("input", () => fit(field));
  }

  #closeForm({ focus = false } = {}) {
    if (!this.#open) return;
    const { row, form } = this.#open;
    this.#open = null;
    form.remove();
    for (const each of queryAll(row, ":scope > *", HTMLElement)) each.hidden = false;
    if (!row.dataset.note) row.remove();
    else if (focus) query(row, ".row-edit", HTMLElement).focus();
  }

  /**
   * Saves the form; one request at a time, however often it is called.
   * @param {OpenNote} open
   */
  #save({ row, field }) {
    this.#saving ??= this.#send(row, field.value).finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  /**
   * @param {HTMLElement} row
   * @param {string} text
   */
  async #send(row, text) {
    const { kind, note, version, atMs } = row.dataset;
    const url = note ? `${this.#rows.url}notes/${note}/` : `${this.#rows.url}notes/`;
    try {
      /** @type {NoteData} */
      const saved = await post(url, note ? { text, version } : { text, kind, at_ms: atMs });
      row.dataset.note = String(saved.id);
      this.#closeForm();
      this.#show(row, saved);
    } catch (error) {
      if (!(error instanceof RequestError && error.status === 409)) return this.#problem(sentenceOf(error));
      /** @type {NoteData} */
      const theirs = error.data.note;
      row.dataset.version = String(theirs.version);
      this.#problem(`${error.message} ${inPlace(theirs)}`);
    }
  }

  /** @param {HTMLElement} row */
  async #delete(row) {
    /** @type {NoteData | null} */
    let deleted = null;
    try {
      deleted = await post(`${this.#rows.url}notes/${row.dataset.note}/delete/`, {});
    } catch (error) {
      if (!(error instanceof RequestError && error.status === 404)) return this.#problem(sentenceOf(error));
    }
    this.#open = null;
    if (deleted) this.#offerBack(row, deleted);
    else row.remove();
  }

  /**
   * Offers to undo the deletion, in place of the note and until the page is left.
   * @param {HTMLElement} row
   * @param {NoteData} deleted
   */
  #offerBack(row, deleted) {
    delete row.dataset.note;
    const said = document.createElement("span");
    said.id = `gone-${deleted.id}`;
    said.textContent =
      deleted.kind === "heading" ? gettext("The heading was deleted.") : gettext("The note was deleted.");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = gettext("Undo");
    button.setAttribute("aria-describedby", said.id);
    button.addEventListener("click", () => this.#bringBack(row, deleted, said));
    const line = document.createElement("p");
    line.className = "note-gone meta";
    line.append(said, " ", button);
    row.replaceChildren(line);
    button.focus();
  }

  /**
   * @param {HTMLElement} row
   * @param {NoteData} deleted
   * @param {HTMLElement} said
   */
  async #bringBack(row, { kind, text, at_ms }, said) {
    try {
      this.#show(row, await post(`${this.#rows.url}notes/`, { text, kind, at_ms }));
    } catch (error) {
      said.setAttribute("role", "alert");
      said.textContent = sentenceOf(error);
    }
  }

  /**
   * @param {HTMLElement} row
   * @param {NoteData} note
   */
  #show(row, { id, version, kind, text }) {
    row.dataset.note = String(id);
    row.dataset.version = String(version);
    const element = document.createElement(kind === "heading" ? "h2" : "p");
    element.className = kind;
    element.dataset.noteText = "";
    element.dir = "auto";
    element.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "row-edit";
    button.textContent = gettext("Edit");
    button.setAttribute("aria-label", toEdit(kind, cut(text, LONGEST_NAME)));
    row.replaceChildren(button, element);
    this.#rows.insert(row);
    button.focus();
  }

  /** @param {string} sentence */
  #problem(sentence) {
    if (!this.#open) return;
    const problem = query(this.#open.form, "[data-problem]", HTMLElement);
    problem.hidden = false;
    problem.textContent = sentence;
  }
}

/**
 * @param {HTMLElement} row
 * @returns {NoteKind}
 */
function kindOf({ dataset }) {
  return dataset.kind === "heading" ? "heading" : "note";
}

/** @param {NoteData} note */
function inPlace({ text }) {
  return gettext("It now reads “%(text)s”. Save again to keep yours.", { text });
}

/**
 * @param {NoteKind} kind
 * @param {string} text
 */
function toEdit(kind, text) {
  return kind === "heading" ? gettext("Edit heading %(text)s", { text }) : gettext("Edit note %(text)s", { text });
}
