import { noteOf } from "app/second-pass/wording";
import { clockText } from "app/shared/clock";
import { closest, query } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { emptyRow, setLanguage, setStart, textElement } from "app/shared/row";
import { setSource } from "app/shared/sources";
import { canPlay, play } from "app/shared/transcript-sound";

/**
 * @import { DifferenceData, DifferencePart } from "app/second-pass/state"
 * @import { Rows } from "app/transcript/rows"
 */

/** @typedef {"accept" | "keep" | "reopen"} Decision */

/**
 * Callbacks of a difference: `decide` when it was decided; `beside` to go to the one before (-1) or after (1) it.
 * @typedef {object} DifferenceEvents
 * @property {(decision: Decision, difference: Difference) => void} decide
 * @property {(difference: Difference, step: number) => void} beside
 */

/** One difference in its place in the transcript: the sentence as proposed, and the buttons to decide. */
export class Difference {
  #rows;
  #on;
  #box;
  /** @type {HTMLElement[]} */
  #made = [];
  #isShown = false;

  /**
   * @param {DifferenceData} data
   * @param {number} count - The number of all differences.
   * @param {Rows} rows
   * @param {HTMLTemplateElement} template
   * @param {DifferenceEvents} on
   */
  constructor(data, count, rows, template, on) {
    this.data = data;
    this.#rows = rows;
    this.#on = on;
    this.#box = document.importNode(query(template.content, ".difference", HTMLElement), true);
    const values = { number: data.number, count, time: clockText(data.start_ms) };
    this.#box.setAttribute("aria-label", gettext("Suggested change %(number)s of %(count)s, at %(time)s", values));
    this.#button("play").textContent = gettext("▶ Play %(time)s", values);
    this.#box.addEventListener("click", ({ target }) => {
      this.#do(closest(target, "[data-do]", HTMLElement)?.dataset.do);
    });
    this.#box.addEventListener("keydown", (event) => this.#key(event));
  }

  get isOpen() {
    return this.data.state === "open";
  }

  /** The rows of its sentences that are on the page. */
  get sentences() {
    return this.data.parts.map((part) => this.#rowOf(part)).filter((row) => row !== null);
  }

  /**
   * Replaces its data, and shows it again if it is shown.
   * @param {DifferenceData} data
   */
  update(data) {
    this.data = data;
    if (this.#isShown) this.show();
  }

  /** Checks whether its sentences have changed on this page, which makes a proposal stale and a decision final. */
  refresh() {
    const isAsTold = this.data.parts.every((part) => {
      const row = this.#rowOf(part);
      // The page may show an older version than that of the proposal.
      return row ? Number(row.dataset.version) <= part.version : part.new || !this.isOpen;
    });
    if (isAsTold) return;
    if (this.isOpen) this.update({ ...this.data, state: "stale" });
    else if (this.data.undoable && this.data.state === "accepted") this.update({ ...this.data, undoable: false });
  }

  show() {
    const focused = this.#clear();
    this.#isShown = true;
    const last = this.data.parts.map((part) => this.#put(part)).findLast((row) => row !== null);
    if (!last) return;
    const { isOpen } = this;
    const note = noteOf(this.data);
    this.#box.classList.toggle("decided", !isOpen);
    this.#part("[data-note]").textContent = note;
    this.#part("[data-note]").hidden = !note;
    this.#button("accept").hidden = this.#button("keep").hidden = !isOpen;
    if (this.#isNew) this.#button("keep").textContent = gettext("Leave out");
    this.#button("play").hidden = !isOpen || !canPlay();
    this.#button("reopen").hidden = isOpen || !this.data.undoable;
    this.problem("");
    (last.querySelector(".difference-text") ?? textElement(last)).after(this.#box);
    // An element loses the focus when it is moved within the page.
    if (focused?.isConnected && !focused.hidden) focused.focus({ preventScroll: true });
  }

  hide() {
    this.#clear();
    this.#isShown = false;
  }

  /** Scrolls to it and gives it the focus. */
  focus() {
    this.#button(this.isOpen ? "accept" : "next").focus({ preventScroll: true });
    this.#box.closest(".row")?.scrollIntoView({ block: "nearest" });
  }

  /**
   * Moves the focus after a decision: to the button for the next difference if there is one, otherwise to Undo.
   * @param {boolean} hasNext
   */
  focusDecided(hasNext) {
    const next = this.isOpen ? "accept" : hasNext || this.#button("reopen").hidden ? "next" : "reopen";
    this.#button(next).focus({ preventScroll: true });
  }

  /**
   * Shows the buttons that go to the differences before and after it.
   * @param {{hasPrevious: boolean, hasNext: boolean}} others
   */
  offer({ hasPrevious, hasNext }) {
    this.#button("previous").hidden = !hasPrevious;
    this.#button("next").hidden = !hasNext;
  }

  /** @param {string} sentence */
  problem(sentence) {
    this.#part("[data-problem]").textContent = sentence;
    this.#part("[data-problem]").hidden = !sentence;
  }

  get #isNew() {
    return this.data.parts.every((part) => part.new);
  }

  /** @param {DifferencePart} part */
  #rowOf({ seq }) {
    return seq === null ? null : this.#rows.get(seq);
  }

  /** Removes it from the page; returns the element in it that had the focus, or null. */
  #clear() {
    const { activeElement } = document;
    const focused = activeElement instanceof HTMLElement && this.#box.contains(activeElement) ? activeElement : null;
    for (const element of this.#made) element.remove();
    this.#made = [];
    for (const row of this.sentences) row.classList.remove("differs");
    this.#box.remove();
    return focused;
  }

  /**
   * Shows the proposal for a sentence while it is open; returns the sentence's row, or null if there is none.
   * @param {DifferencePart} part
   */
  #put(part) {
    const row = this.#rowOf(part);
    if (!row) return part.new && this.data.state !== "accepted" ? this.#putMissed(part) : null;
    if (this.isOpen) {
      const text = textOfPart(part);
      textElement(row).after(text);
      row.classList.add("differs");
      this.#made.push(text);
    }
    return row;
  }

  /**
   * Adds a row for words that are not in the transcript yet.
   * @param {DifferencePart} part
   */
  #putMissed(part) {
    const row = emptyRow();
    row.classList.add("missed");
    if (part.shared) setSource(row, true);
    setStart(row, part.start_ms);
    query(row, ".row-edit", HTMLElement).remove();
    textElement(row).replaceWith(textOfPart(part));
    this.#rows.insert(row);
    this.#made.push(row);
    return row;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, altKey, shiftKey } = event;
    if (altKey && (key === "ArrowUp" || key === "ArrowDown")) this.#on.beside(this, key === "ArrowUp" ? -1 : 1);
    else if (shiftKey && key === "Enter") this.#do("play");
    else return;
    event.preventDefault();
  }

  /** @param {string} [what] */
  #do(what) {
    if (what === "play" && canPlay()) play(this.data.start_ms, this.data.end_ms);
    if (what === "previous") this.#on.beside(this, -1);
    if (what === "next") this.#on.beside(this, 1);
    if (what === "accept" || what === "keep" || what === "reopen") this.#on.decide(what, this);
  }

  /** @param {string} name */
  #button(name) {
    return this.#part(`[data-do="${name}"]`);
  }

  /** @param {string} selector */
  #part(selector) {
    return query(this.#box, selector, HTMLElement);
  }
}

/**
 * The sentence with its removed and added words marked.
 * @param {DifferencePart} part
 */
function textOfPart({ differences, language }) {
  const text = document.createElement("p");
  text.className = "words difference-text";
  text.dir = "auto";
  setLanguage(text, language);
  for (const { kind, text: words } of differences) text.append(kind === "same" ? words : changed(kind, words));
  return text;
}

/**
 * @param {"removed" | "added"} kind
 * @param {string} words
 */
function changed(kind, words) {
  const element = document.createElement(kind === "removed" ? "del" : "ins");
  const said = document.createElement("bdi");
  said.className = "visually-hidden";
  said.lang = document.documentElement.lang;
  said.textContent = kind === "removed" ? gettext(" removed: ") : gettext(" added: ");
  element.append(said, words);
  return element;
}
