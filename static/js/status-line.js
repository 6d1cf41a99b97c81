const NAMES = {
  ready: "Ready",
  connecting: "Connecting",
  listening: "Listening",
  reconnecting: "Reconnecting",
  paused: "Paused",
  saved: "Saved",
  stopped: "Stopped",
  failed: "Stopped",
  nothing: "Nothing heard",
  unheard: "Nothing heard yet",
};

/** The state in words and a shape, spoken when it changes; beneath it a detail that is never spoken. */
export class StatusLine {
  #element;
  #state;
  #detail;

  constructor(element) {
    this.#element = element;
    this.#state = element.querySelector("[role=status]");
    this.#detail = element.querySelector(".status-detail");
  }

  get state() {
    return this.#element.dataset.state;
  }

  show(state, detail = null) {
    if (this.#element.dataset.state !== state) this.#element.dataset.state = state;
    if (this.#state.textContent !== NAMES[state]) this.#state.textContent = NAMES[state];
    if (detail !== null) this.detail = detail;
  }

  set detail(text) {
    if (this.#detail.textContent !== text) this.#detail.textContent = text;
  }
}
