import { gettext } from "app/shared/i18n";
import { post } from "app/shared/requests";

const NAMES = { heading: gettext("Heading"), note: gettext("Note") };
const LONGEST_NAME = 40;

/** What is written between the sentences: added, changed and deleted in a small form in its place. */
export class Notes {
  #rows;
  #template;
  #form = null;
  #was = "";
  #saving = null;

  constructor(rows, template) {
    this.#rows = rows;
    this.#template = template;
    for (const button of rows.element.querySelectorAll("[data-note] .row-edit")) button.hidden = false;
    rows.element.addEventListener("click", ({ target }) => {
      const row = target.closest("[data-note]");
      if (row && target.matches(".row-edit")) this.#edit(row);
    });
  }

  /** Whether something is written that is not saved. */
  get isPending() {
    return this.#form !== null && this.#field.value !== this.#was;
  }

  /** Asks for a new one before a sentence. */
  async add(kind, before) {
    if (!(await this.#leave())) return;
    const row = document.createElement("div");
    row.className = "row between";
    row.dataset.atMs = before.dataset.startMs;
    row.dataset.kind = kind;
    this.#rows.insert(row);
    this.#open(row, "");
  }

  async #edit(row) {
    if (!(await this.#leave())) return;
    this.#open(row, row.querySelector("[data-note-text]").textContent);
  }

  get #field() {
    return this.#form.querySelector("textarea");
  }

  // What is written in one is saved before another is begun; returns whether that is so.
  async #leave() {
    if (this.isPending) await this.#save(this.#form.parentElement, this.#field.value);
    if (this.isPending) return false;
    this.#close();
    return true;
  }

  #open(row, text) {
    const form = this.#template.content.firstElementChild.cloneNode(true);
    const field = form.querySelector("textarea");
    const { kind, note } = row.dataset;
    field.value = text;
    field.setAttribute("aria-label", NAMES[kind]);
    field.placeholder = NAMES[kind];
    form.classList.add(kind);
    form.querySelector("[data-do=delete]").hidden = !note;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#save(row, field.value);
    });
    form.addEventListener("click", ({ target }) => {
      if (target.dataset.do === "cancel") this.#close({ focus: true });
      if (target.dataset.do === "delete") this.#delete(row);
    });
    form.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") this.#close({ focus: true });
      if (event.key !== "Enter" || event.target !== field) return;
      event.preventDefault();
      form.requestSubmit();
    });
    field.addEventListener("input", () => fit(field));
    for (const each of row.children) each.hidden = true;
    row.append(form);
    this.#form = form;
    this.#was = text;
    fit(field);
    field.focus();
  }

  #close({ focus = false } = {}) {
    if (!this.#form) return;
    const row = this.#form.parentElement;
    this.#form.remove();
    this.#form = null;
    for (const each of row.children) each.hidden = false;
    if (!row.dataset.note) row.remove();
    else if (focus) row.querySelector(".row-edit").focus();
  }

  // One request at a time, however often somebody asks.
  #save(row, text) {
    this.#saving ??= this.#send(row, text).finally(() => (this.#saving = null));
    return this.#saving;
  }

  async #send(row, text) {
    const { kind, note, version, atMs } = row.dataset;
    const url = note ? `${this.#rows.url}notes/${note}/` : `${this.#rows.url}notes/`;
    try {
      const saved = await post(url, note ? { text, version } : { text, kind, at_ms: atMs });
      row.dataset.note = saved.id;
      row.dataset.version = saved.version;
      this.#close();
      this.#show(row, saved);
    } catch (error) {
      if (error.status === 409) row.dataset.version = error.data.note.version;
      const theirs = error.status === 409 ? inPlace(error.data.note) : "";
      this.#problem(`${error.message} ${theirs}`.trim());
    }
  }

  async #delete(row) {
    let deleted = null;
    try {
      deleted = await post(`${this.#rows.url}notes/${row.dataset.note}/delete/`, {});
    } catch (error) {
      if (error.status !== 404) return this.#problem(error.message);
    }
    this.#form = null;
    if (deleted) this.#offerBack(row, deleted);
    else row.remove();
    return undefined;
  }

  /** In its place, until the page is left. */
  #offerBack(row, deleted) {
    delete row.dataset.note;
    const said = document.createElement("span");
    said.id = `gone-${deleted.id}`;
    said.textContent =
      deleted.kind === "heading" ? gettext("The heading is deleted.") : gettext("The note is deleted.");
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

  async #bringBack(row, { kind, text, at_ms }, said) {
    try {
      const saved = await post(`${this.#rows.url}notes/`, { text, kind, at_ms });
      row.dataset.note = saved.id;
      row.dataset.version = saved.version;
      this.#show(row, saved);
    } catch (error) {
      said.setAttribute("role", "alert");
      said.textContent = error.message;
    }
  }

  #show(row, { kind, text }) {
    const element = document.createElement(kind === "heading" ? "h2" : "p");
    element.className = kind;
    element.dataset.noteText = "";
    element.textContent = text;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "row-edit";
    button.textContent = gettext("Edit");
    button.setAttribute("aria-label", toEdit(kind, text.slice(0, LONGEST_NAME)));
    row.replaceChildren(button, element);
    this.#rows.insert(row);
    button.focus();
  }

  #problem(sentence) {
    if (!this.#form) return;
    const problem = this.#form.querySelector("[data-problem]");
    problem.hidden = false;
    problem.textContent = sentence;
  }
}

function inPlace({ text }) {
  return gettext("It reads “%(text)s”. Save again to keep yours.", { text });
}

function toEdit(kind, text) {
  return kind === "heading" ? gettext("Edit heading %(text)s", { text }) : gettext("Edit note %(text)s", { text });
}

function fit(field) {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
