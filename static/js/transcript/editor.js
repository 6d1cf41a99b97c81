import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { textOf } from "app/shared/row";
import { canPlay, play } from "app/shared/transcript-sound";

const STATES = {
  dirty: "",
  saving: gettext("Saving"),
  saved: gettext("✓ Saved"),
  waiting: gettext("Not saved, trying again"),
  refused: gettext("Not saved"),
};
// How much is heard before a sentence, and after it.
const AROUND_MS = 2000;

/**
 * The box around the sentence that is edited; there is one at most.
 *
 * `on` is told: `sentence(row)` gives the Sentence of a row; `applied(answer)` that sentences have changed; `note(kind,
 * row)` that one is wanted before a row; `left(row)` that the box is gone from it.
 */
export class Editor {
  #rows;
  #template;
  #on;
  #row = null;
  #sentence = null;
  #form = null;

  constructor(rows, template, on) {
    this.#rows = rows;
    this.#template = template;
    this.#on = on;
  }

  get row() {
    return this.#row;
  }

  open(row, caret = null) {
    if (row === this.#row) return this.#field.focus();
    this.close();
    this.#row = row;
    this.#sentence = this.#on.sentence(row);
    this.#sentence.begin();
    this.#form = this.#make(row);
    const words = row.querySelector("[data-text]");
    row.classList.add("editing");
    row.querySelector(".row-problem")?.remove();
    words.hidden = true;
    words.after(this.#form);
    this.#fit();
    this.#field.focus();
    this.#field.setSelectionRange(caret ?? this.#field.value.length, caret ?? this.#field.value.length);
    this.#form.scrollIntoView({ block: "nearest" });
    if (this.#sentence.isPending) this.tell(this.#sentence.state, this.#sentence.detail);
    else this.#part("[data-state]").textContent = "";
    return undefined;
  }

  close({ focus = false } = {}) {
    const row = this.#row;
    if (!row) return;
    this.#form.remove();
    row.classList.remove("editing");
    row.querySelector("[data-text]").hidden = false;
    const sentence = this.#sentence;
    this.#row = this.#sentence = this.#form = null;
    if (focus) row.querySelector(".row-edit").focus();
    sentence.flush();
    this.#on.left(row);
  }

  /** Shows how the saving of the sentence goes. */
  tell(state, detail) {
    const conflict = state === "conflict";
    this.#part("[data-conflict]").hidden = !conflict;
    this.#part(".editor-tools").hidden = conflict;
    this.#part("[data-theirs]").textContent = conflict ? detail.text || gettext("(It was taken out.)") : "";
    this.#part("[data-state]").textContent = STATES[state] ?? "";
    this.#part("[data-state]").classList.toggle("trouble", state === "waiting" || state === "refused");
    this.#problem(state === "waiting" || state === "refused" ? detail : "");
    this.#tools();
  }

  /** Shows the text of the row again, which has changed elsewhere on the page. */
  refresh() {
    const text = textOf(this.#row);
    if (this.#field.value !== text) this.#field.value = text;
    this.#fit();
    this.#tools();
  }

  get #field() {
    return this.#part("textarea");
  }

  #part(selector) {
    return this.#form.querySelector(selector);
  }

  #problem(sentence) {
    const problem = this.#part("[data-problem]");
    problem.hidden = !sentence;
    problem.textContent = sentence;
  }

  #make(row) {
    const form = this.#template.content.firstElementChild.cloneNode(true);
    const field = form.querySelector("textarea");
    const start = Number(row.dataset.startMs);
    field.value = textOf(row);
    field.setAttribute("aria-label", gettext("Text at %(time)s", { time: clockText(start) }));
    form.querySelector("[data-versions]").href = `${this.#sentence.url}versions/`;
    const from = gettext("Play from %(time)s", { time: clockText(start - AROUND_MS) });
    form.querySelector("[data-do=play]").textContent = `▶ ${from}`;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("click", ({ target }) => this.#do(target.dataset.do));
    form.addEventListener("keydown", (event) => this.#key(event));
    field.addEventListener("input", () => this.#typed());
    this.#form = form;
    this.#tools();
    return form;
  }

  #tools() {
    this.#part("[data-do=play]").hidden = !canPlay();
    this.#part("[data-do=join]").hidden = !this.#rows.beside(this.#row, 1);
    this.#part("[data-do=undo]").hidden = this.#sentence.version < 2;
  }

  #typed() {
    // A sentence is one line, also when it is pasted.
    if (/[\r\n]/.test(this.#field.value)) this.#field.value = this.#field.value.replace(/[\r\n]+/g, " ");
    this.#sentence.change(this.#field.value);
    this.#fit();
  }

  #fit() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }

  #key(event) {
    if (event.isComposing) return;
    const keep = this.#keyed(event);
    if (!keep) event.preventDefault();
  }

  // Whether the key keeps its usual meaning.
  #keyed({ key, target, altKey, ctrlKey, metaKey, shiftKey }) {
    if (key === "Escape") return this.close({ focus: true });
    if (altKey && (key === "ArrowUp" || key === "ArrowDown")) return this.#beside(key === "ArrowUp" ? -1 : 1);
    if (key !== "Enter" || target !== this.#field) return true;
    if (ctrlKey || metaKey) return this.#do("split");
    if (shiftKey) return this.#do("play");
    return this.#sentence.state === "conflict" ? false : this.#beside(1, true);
  }

  #beside(step, leave = false) {
    const row = this.#rows.beside(this.#row, step);
    if (row) this.open(row);
    else if (leave) this.close({ focus: true });
  }

  async #do(what) {
    const row = this.#row;
    if (what === "play") return canPlay() && play(...this.#around());
    if (what === "leave") return this.close({ focus: true });
    if (what === "heading" || what === "note") return this.#on.note(what, row);
    if (what === "mine" || what === "theirs") {
      this.#field.focus();
      return what === "mine" ? this.#sentence.keepMine() : this.#theirs();
    }
    if (!["split", "join", "undo"].includes(what)) return undefined;
    try {
      await { split: () => this.#split(), join: () => this.#join(), undo: () => this.#undo() }[what]();
    } catch (error) {
      if (error.status === 409) this.#on.applied({ rows: [error.data.row] });
      if (this.#row === row) this.#problem(error.message);
    }
    return undefined;
  }

  #around() {
    const { startMs, endMs } = this.#row.dataset;
    return [Number(startMs) - AROUND_MS, Number(endMs) + AROUND_MS];
  }

  async #theirs() {
    const sentence = this.#sentence;
    const stored = await sentence.keepTheirs();
    this.#on.applied({ rows: [stored] });
    if (this.#sentence === sentence) this.tell("dirty", null);
  }

  async #split() {
    const { value, selectionStart } = this.#field;
    const halves = { first: value.slice(0, selectionStart), second: value.slice(selectionStart) };
    const answer = await this.#sentence.ask("split", halves);
    if (!answer) return;
    this.#on.applied(answer);
    this.open(this.#rows.get(answer.rows[1].seq), 0);
  }

  async #join() {
    const next = this.#rows.beside(this.#row, 1);
    const caret = this.#field.value.length;
    if (!next || !(await this.#on.sentence(next).flush())) return;
    const expected = { next_seq: next.dataset.seq, next_version: next.dataset.version };
    const answer = await this.#sentence.ask("join", expected);
    if (!answer) return;
    this.#on.applied(answer);
    this.#field.focus();
    this.#field.setSelectionRange(caret, caret);
  }

  async #undo() {
    const answer = await this.#sentence.ask("undo");
    if (!answer) return;
    const gone = answer.rows.some(({ seq, text }) => seq === this.#sentence.seq && !text);
    if (gone) this.close();
    this.#on.applied(answer);
    const left = answer.rows.find(({ text }) => text);
    if (gone && left) this.open(this.#rows.get(left.seq));
    else if (this.#row) this.#field.focus();
  }
}
