import { byId, query } from "app/shared/dom";
import { gettext } from "app/shared/i18n";

/** @typedef {"idle" | "starting" | "live" | "paused" | "stopping" | "waiting"} Mode - `waiting` to stop */
/** @typedef {"start" | "continue" | "pause" | "resume" | "stop"} Action */

/** @type {Action[]} */
const ACTIONS = ["start", "continue", "pause", "resume", "stop"];

/**
 * The buttons Start, Continue, Pause, Resume and Stop; only those that apply are shown. Ctrl+Enter starts, pauses and
 * resumes; Ctrl+Shift+Enter stops. The page comes with them disabled: until now a press would have been lost.
 */
export class Controls {
  #actions;
  #buttons = {
    start: byId("start", HTMLButtonElement),
    continue: byId("continue", HTMLButtonElement),
    pause: byId("pause", HTMLButtonElement),
    resume: byId("resume", HTMLButtonElement),
    stop: byId("stop", HTMLButtonElement),
  };
  #events = new AbortController();
  /** @type {Mode | null} */
  #mode = null;
  #hasEnded = false;
  /** @type {Action} */
  #pressed = "start";

  /** @param {Record<Action, () => void>} actions */
  constructor(actions) {
    this.#actions = actions;
    const { signal } = this.#events;
    for (const name of ACTIONS) {
      this.#buttons[name].addEventListener("click", () => this.#press(name), { signal });
      this.#buttons[name].disabled = false;
    }
    window.addEventListener("keydown", (event) => this.#pressByKey(event), { signal });
    this.show("idle");
  }

  /** @param {Mode} mode */
  show(mode) {
    if (mode === this.#mode) return;
    const { start, pause, resume, stop } = this.#buttons;
    const focused = Object.values(this.#buttons).find((button) => button === document.activeElement);
    this.#mode = mode;
    start.hidden = mode !== "idle" && mode !== "starting";
    this.#showChoice();
    pause.hidden = mode !== "live" && mode !== "stopping";
    resume.hidden = mode !== "paused";
    stop.hidden = !start.hidden;
    setBusy(start, mode === "starting", this.#pressed === "start");
    setBusy(this.#buttons.continue, mode === "starting", this.#pressed === "continue");
    setBusy(stop, mode === "stopping" || mode === "waiting");
    pause.setAttribute("aria-disabled", String(mode === "stopping"));
    if (focused?.hidden) [start, pause, resume, stop].find((button) => !button.hidden)?.focus({ preventScroll: true });
  }

  /**
   * Whether the page shows a dictation that has ended and can be continued, which is offered beside starting a new one.
   * @param {boolean} value
   */
  set hasEnded(value) {
    this.#hasEnded = value;
    this.#showChoice();
  }

  close() {
    this.#events.abort();
  }

  #showChoice() {
    const { start } = this.#buttons;
    this.#buttons.continue.hidden = start.hidden || !this.#hasEnded;
    query(start, "[data-name]", HTMLElement).textContent = this.#hasEnded ? gettext("Start new") : gettext("Start");
  }

  /** @param {Action} name */
  #press(name) {
    const button = this.#buttons[name];
    if (button.hidden || button.getAttribute("aria-disabled") === "true") return;
    this.#pressed = name;
    this.#actions[name]();
  }

  /** @param {KeyboardEvent} event */
  #pressByKey(event) {
    // While a sentence is edited, the key splits it.
    if (event.defaultPrevented) return;
    if (event.key !== "Enter" || !event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    event.preventDefault();
    // Of these only Continue is shown beside another, which comes before it.
    const shown = ACTIONS.find((name) => !this.#buttons[name].hidden);
    if (event.shiftKey) this.#press("stop");
    else if (shown) this.#press(shown);
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} isBusy
 * @param {boolean} [wasPressed]
 */
function setBusy(button, isBusy, wasPressed = true) {
  button.setAttribute("aria-disabled", String(isBusy));
  query(button, ".mark", HTMLElement).classList.toggle("busy-arc", isBusy && wasPressed);
}
