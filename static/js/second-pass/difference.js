import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";
import { noteOf } from "app/second-pass/wording";
import { canPlay, play } from "app/shared/transcript-sound";

/**
 * One difference in its place in the transcript: the sentence as it would read, and what can be decided.
 *
 * `on` is told: `decide(decision, difference)`, and `beside(difference, step)` when another one is wanted.
 */
export class Difference {
  #rows;
  #on;
  #box;
  #made = [];
  #isShown = false;

  constructor(data, count, rows, template, on) {
    this.data = data;
    this.#rows = rows;
    this.#on = on;
    this.#box = template.content.firstElementChild.cloneNode(true);
    const values = { number: data.number, count, time: clockText(data.start_ms) };
    this.#box.setAttribute("aria-label", gettext("Difference %(number)s of %(count)s, at %(time)s", values));
    this.#button("play").textContent = gettext("▶ Play %(time)s", values);
    this.#box.addEventListener("click", ({ target }) => this.#do(target.dataset.do));
    this.#box.addEventListener("keydown", (event) => this.#key(event));
  }

  get isOpen() {
    return this.data.state === "open";
  }

  /** The sentences of the transcript that it is about, as far as they are there. */
  get sentences() {
    return this.data.parts.map(({ seq }) => (seq === null ? null : this.#rows.get(seq))).filter(Boolean);
  }

  /** Takes over how it stands now. */
  update(data) {
    this.data = data;
    if (this.#isShown) this.show();
  }

  /** Looks whether its sentences have changed on this page; what was proposed or decided for them is over then. */
  refresh() {
    const isAsTold = this.data.parts.every(({ seq, version, new: isNew }) => {
      const row = seq === null ? null : this.#rows.get(seq);
      // The page may be older than the proposal.
      return row ? Number(row.dataset.version) <= version : isNew || !this.isOpen;
    });
    if (isAsTold) return;
    if (this.isOpen) this.update({ ...this.data, state: "stale" });
    else if (this.data.undoable && this.data.state === "accepted") this.update({ ...this.data, undoable: false });
  }

  show() {
    const { focused } = this.#clear();
    this.#isShown = true;
    const isOpen = this.isOpen;
    let last = null;
    for (const part of this.data.parts) {
      const row = part.seq === null ? null : this.#rows.get(part.seq);
      if (row && !isOpen) last = row;
      else if (row) last = this.#put(row, part);
      else if (part.new && this.data.state !== "accepted") last = this.#missed(part);
    }
    if (!last) return;
    this.#box.classList.toggle("decided", !isOpen);
    const note = noteOf(this.data);
    this.#part("[data-note]").textContent = note;
    this.#part("[data-note]").hidden = !note;
    this.#button("accept").hidden = this.#button("keep").hidden = !isOpen;
    if (this.#isNew) this.#button("keep").textContent = gettext("Leave out");
    this.#button("play").hidden = !isOpen || !canPlay();
    this.#button("reopen").hidden = isOpen || !this.data.undoable;
    this.problem("");
    const text = last.querySelector(".difference-text") ?? last.querySelector("[data-text]");
    text.after(this.#box);
    // Where something is put elsewhere in the page, it loses the focus.
    if (focused?.isConnected && !focused.hidden) focused.focus({ preventScroll: true });
  }

  hide() {
    this.#clear();
    this.#isShown = false;
  }

  /** Goes there. */
  focus() {
    this.#button(this.isOpen ? "accept" : "next").focus({ preventScroll: true });
    this.#box.closest(".row")?.scrollIntoView({ block: "nearest" });
  }

  /** Gives the focus to what comes after a decision: the next difference, where there is one, or its undoing. */
  focusDecided(hasNext) {
    const next = this.isOpen ? "accept" : hasNext || this.#button("reopen").hidden ? "next" : "reopen";
    this.#button(next).focus({ preventScroll: true });
  }

  /** Says whether there are others before and after it. */
  place(hasPrevious, hasNext) {
    this.#button("previous").hidden = !hasPrevious;
    this.#button("next").hidden = !hasNext;
  }

  problem(sentence) {
    this.#part("[data-problem]").textContent = sentence;
    this.#part("[data-problem]").hidden = !sentence;
  }

  get #isNew() {
    return this.data.parts.every((part) => part.new);
  }

  #clear() {
    const focused = this.#box.contains(document.activeElement) ? document.activeElement : null;
    for (const element of this.#made) element.remove();
    this.#made = [];
    for (const row of this.sentences) row.classList.remove("differs");
    this.#box.remove();
    return { focused };
  }

  #put(row, part) {
    const text = textOf(part);
    row.querySelector("[data-text]").after(text);
    row.classList.add("differs");
    this.#made.push(text);
    return row;
  }

  /** A row for words that are none of the transcript's yet. */
  #missed(part) {
    const row = document.createElement("div");
    row.className = "row missed";
    row.dataset.startMs = part.start_ms;
    const when = document.createElement("time");
    when.className = "when";
    when.dateTime = `PT${Math.floor(part.start_ms / 1000)}S`;
    when.textContent = clockText(part.start_ms);
    row.append(when, textOf(part));
    this.#rows.insert(row);
    this.#made.push(row);
    return row;
  }

  #key(event) {
    const { key, altKey, shiftKey } = event;
    if (altKey && (key === "ArrowUp" || key === "ArrowDown")) this.#on.beside(this, key === "ArrowUp" ? -1 : 1);
    else if (shiftKey && key === "Enter") this.#do("play");
    else return;
    event.preventDefault();
  }

  #do(what) {
    if (what === "play") return canPlay() && play(this.data.start_ms, this.data.end_ms);
    if (what === "previous" || what === "next") return this.#on.beside(this, what === "next" ? 1 : -1);
    return what && this.#on.decide(what, this);
  }

  #button(name) {
    return this.#part(`[data-do="${name}"]`);
  }

  #part(selector) {
    return this.#box.querySelector(selector);
  }
}

/** A sentence with what goes and what comes. */
function textOf({ differences }) {
  const text = document.createElement("p");
  text.className = "words difference-text";
  for (const { kind, text: words } of differences) {
    if (kind === "same") text.append(words);
    else text.append(changed(kind, words));
  }
  return text;
}

function changed(kind, words) {
  const element = document.createElement(kind === "removed" ? "del" : "ins");
  const said = document.createElement("span");
  said.className = "visually-hidden";
  said.textContent = kind === "removed" ? gettext(" removed: ") : gettext(" added: ");
  element.append(said, words);
  return element;
}
