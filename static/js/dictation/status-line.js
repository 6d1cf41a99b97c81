import { pgettext } from "app/shared/i18n";

const NAMES = {
  ready: pgettext("state of a dictation", "Ready"),
  connecting: pgettext("state of a dictation", "Connecting"),
  listening: pgettext("state of a dictation", "Listening"),
  reconnecting: pgettext("state of a dictation", "Reconnecting"),
  paused: pgettext("state of a dictation", "Paused"),
  saved: pgettext("state of a dictation", "Saved"),
  stopped: pgettext("state of a dictation", "Stopped"),
  failed: pgettext("state of a dictation", "Stopped"),
  nothing: pgettext("state of a dictation", "Nothing heard"),
  unheard: pgettext("state of a dictation", "Nothing heard yet"),
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
