import { betterText, isMoving, listeningText } from "app/second-pass/state";
import { acceptAll, detailOf, outcomeOf, progressOf, undoAll } from "app/second-pass/wording";
import { closest, query, queryAll } from "app/shared/dom";
import { gettext } from "app/shared/i18n";

/**
 * @import { Status } from "app/second-pass/state"
 * @import { Counts } from "app/second-pass/wording"
 */

/** The section above a transcript about its second pass, or the entry with which the user requests one. */
export class Summary {
  #section;
  #entry;
  #tools;

  /**
   * @param {HTMLElement} section
   * @param {HTMLDetailsElement} entry
   */
  constructor(section, entry) {
    this.#section = section;
    this.#entry = entry;
    // The entry is among other tools, behind a button of theirs.
    this.#tools = closest(entry.parentElement, "details", HTMLDetailsElement) ?? entry;
  }

  /**
   * @param {Status} status
   * @param {{counts: Counts, undoable: number, areShown: boolean}} differences - How many there are, how many can be
   *   undone together, and whether they are shown in the text.
   */
  show(status, { counts, undoable, areShown }) {
    const { state, automatic } = status;
    // An automatic second pass that failed or found nothing is not shown.
    const isNothing = automatic && (state === "failed" || (state === "done" && !counts.all));
    const isOver = state === "none" || state === "cancelled" || isNothing;
    this.#section.hidden = isOver;
    this.#entry.hidden = !isOver;
    if (isOver) return;
    const isReady = state === "ready" || state === "done";
    const free = counts.open - counts.corrected;
    const detail = isReady ? detailOf(counts) : "";
    this.#section.classList.toggle("failed", state === "failed");
    this.#showProgress(status);
    this.#part("[data-standing]").textContent = textOf(status, counts);
    this.#part("[data-detail]").textContent = detail;
    this.#part("[data-detail]").hidden = !detail;
    this.#offer("look", isReady && counts.all > 0 && (counts.open > 0 || areShown));
    this.#button("look").textContent = areShown ? gettext("Hide in the text") : gettext("Show in the text");
    this.#offer("accept-all", isReady && free > 0);
    this.#button("accept-all").textContent = acceptAll(free);
    this.#offer("keep-all", isReady && counts.open > 0);
    this.#offer("reopen-all", undoable > 0);
    this.#button("reopen-all").textContent = undoAll(undoable, counts.accepted);
    this.#offer("cancel", isMoving(status) && !(automatic && state === "waiting"));
    this.#offer("ask", state === "failed");
    this.#offer("close", state === "failed" || (isReady && !counts.open));
  }

  /** Announces the summary to screen readers. */
  announce() {
    this.say(this.#part("[data-standing]").textContent ?? "");
  }

  /**
   * Announces a sentence to screen readers.
   * @param {string} sentence
   */
  say(sentence) {
    this.#part("[data-said]").textContent = sentence;
  }

  /** @param {string} sentence */
  problem(sentence) {
    this.#part("[data-problem]").textContent = sentence;
    this.#part("[data-problem]").hidden = !sentence;
  }

  /** Shows that a second pass was requested. */
  asked() {
    this.#entry.open = this.#tools.open = false;
    this.#button("cancel").focus();
  }

  /**
   * Moves the focus to something near a button that was pressed, if that button is gone.
   * @param {HTMLElement} pressed
   */
  keepFocus(pressed) {
    if (document.activeElement !== pressed && document.activeElement !== document.body) return;
    if (pressed.isConnected && !pressed.hidden && pressed.checkVisibility()) return;
    const button = queryAll(this.#section, "button", HTMLButtonElement).find((each) => each.checkVisibility());
    (button ?? query(this.#tools, "summary", HTMLElement)).focus();
  }

  /** @param {Status} status */
  #showProgress(status) {
    const line = query(this.#section, "[data-progress]", HTMLProgressElement);
    line.hidden = !isMoving(status);
    if (status.state === "working" && status.percent) line.value = status.percent;
    else line.removeAttribute("value");
  }

  /**
   * @param {string} name
   * @param {boolean} isOffered
   */
  #offer(name, isOffered) {
    this.#button(name).hidden = !isOffered;
  }

  /** @param {string} name */
  #button(name) {
    return this.#part(`[data-do="${name}"]`);
  }

  /** @param {string} selector */
  #part(selector) {
    return query(this.#section, selector, HTMLElement);
  }
}

/**
 * @param {Status} status
 * @param {Counts} counts
 */
function textOf(status, counts) {
  const { state, automatic, message = "" } = status;
  if (isMoving(status)) return automatic ? listeningText(status) : progressOf(status);
  if (state !== "ready" && state !== "done") return message;
  return (automatic && state === "done" && betterText(counts.accepted)) || outcomeOf(counts);
}
