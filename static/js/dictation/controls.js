/**
 * Start, Pause, Resume and Stop, of which only those that do something are there. Actions: `start`, `pause`,
 * `resume` and `stop`. Ctrl+Enter starts, pauses and resumes; Ctrl+Shift+Enter stops.
 */
export class Controls {
  #buttons;
  #actions;
  #events = new AbortController();
  #mode = "";

  constructor(root, actions) {
    this.#actions = actions;
    this.#buttons = Object.fromEntries(Object.keys(actions).map((name) => [name, root.querySelector(`#${name}`)]));
    const signal = this.#events.signal;
    for (const [name, button] of Object.entries(this.#buttons)) {
      button.addEventListener("click", () => this.#press(name), { signal });
    }
    window.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.show("idle");
  }

  /** idle, starting, live, paused or stopping. */
  show(mode) {
    if (mode === this.#mode) return;
    const focused = Object.values(this.#buttons).includes(document.activeElement);
    this.#mode = mode;
    const { start, pause, resume, stop } = this.#buttons;
    start.hidden = mode !== "idle" && mode !== "starting";
    pause.hidden = mode !== "live" && mode !== "stopping";
    resume.hidden = mode !== "paused";
    stop.hidden = !start.hidden;
    setBusy(start, mode === "starting");
    setBusy(stop, mode === "stopping");
    pause.setAttribute("aria-disabled", String(mode === "stopping"));
    if (focused) (start.hidden ? (pause.hidden ? resume : pause) : start).focus({ preventScroll: true });
  }

  close() {
    this.#events.abort();
  }

  #press(name) {
    const button = this.#buttons[name];
    if (button.hidden || button.getAttribute("aria-disabled") === "true") return;
    this.#actions[name]();
  }

  #key(event) {
    if (event.key !== "Enter" || !event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    event.preventDefault();
    if (event.shiftKey) this.#press("stop");
    else this.#press(["start", "pause", "resume"].find((name) => !this.#buttons[name].hidden));
  }
}

function setBusy(button, busy) {
  button.setAttribute("aria-disabled", String(busy));
  button.querySelector(".mark").classList.toggle("busy-arc", busy);
}
