import { byId, query } from "app/shared/dom";

/** @typedef {"idle" | "starting" | "live" | "paused" | "stopping"} Mode */
/** @typedef {"start" | "pause" | "resume" | "stop"} Action */

/** @type {Action[]} */
const ACTIONS = ["start", "pause", "resume", "stop"];

/**
 * The buttons Start, Pause, Resume and Stop; only those that apply are shown. Ctrl+Enter starts, pauses and resumes;
 * Ctrl+Shift+Enter stops.
 */
export class Controls {
  #actions;
  #buttons = {
    start: byId("start", HTMLButtonElement),
    pause: byId("pause", HTMLButtonElement),
    resume: byId("resume", HTMLButtonElement),
    stop: byId("stop", HTMLButtonElement),
  };
  #events = new AbortController();
  /** @type {Mode | null} */
  #mode = null;

  /** @param {Record<Action, () => void>} actions */
  constructor(actions) {
    this.#actions = actions;
    const { signal } = this.#events;
    for (const name of ACTIONS) {
      this.#buttons[name].addEventListener("click", () => this.#press(name), { signal });
    }
    window.addEventListener("keydown", (event) => this.#pressByKey(event), { signal });
    this.show("idle");
  }

  /** @param {Mode} mode */
  show(mode) {
    if (mode === this.#mode) return;
    const { start, pause, resume, stop } = this.#buttons;
    const isFocused = [start, pause, resume, stop].some((button) => button === document.activeElement);
    this.#mode = mode;
    start.hidden = mode !== "idle" && mode !== "starting";
    pause.hidden = mode !== "live" && mode !== "stopping";
    resume.hidden = mode !== "paused";
    stop.hidden = !start.hidden;
    setBusy(start, mode === "starting");
    setBusy(stop, mode === "stopping");
    pause.setAttribute("aria-disabled", String(mode === "stopping"));
    if (isFocused) [start, pause, resume].find((button) => !button.hidden)?.focus({ preventScroll: true });
  }

  close() {
    this.#events.abort();
  }

  /** @param {Action} name */
  #press(name) {
    const button = this.#buttons[name];
    if (button.hidden || button.getAttribute("aria-disabled") === "true") return;
    this.#actions[name]();
  }

  /** @param {KeyboardEvent} event */
  #pressByKey(event) {
    if (event.key !== "Enter" || !event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    event.preventDefault();
    // Only one of these three buttons is shown at a time.
    const shown = ACTIONS.find((name) => !this.#buttons[name].hidden);
    if (event.shiftKey) this.#press("stop");
    else if (shown) this.#press(shown);
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {boolean} isBusy
 */
function setBusy(button, isBusy) {
  button.setAttribute("aria-disabled", String(isBusy));
  query(button, ".mark", HTMLElement).classList.toggle("busy-arc", isBusy);
}
