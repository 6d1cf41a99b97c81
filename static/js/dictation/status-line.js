import { query } from "app/shared/dom";
import { pgettext } from "app/shared/i18n";

const NAMES = {
  ready: pgettext("state of a dictation", "Ready"),
  connecting: pgettext("state of a dictation", "Connecting"),
  listening: pgettext("state of a dictation", "Listening"),
  reconnecting: pgettext("state of a dictation", "Reconnecting"),
  away: pgettext("state of a dictation", "Not connected"),
  paused: pgettext("state of a dictation", "Paused"),
  saved: pgettext("state of a dictation", "Saved"),
  stopped: pgettext("state of a dictation", "Stopped"),
  failed: pgettext("state of a dictation", "Stopped"),
  nothing: pgettext("state of a dictation", "No speech detected"),
  unheard: pgettext("state of a dictation", "No speech detected yet"),
  insecure: pgettext("state of a dictation", "No secure address"),
  refused: pgettext("state of a dictation", "Microphone blocked"),
  missing: pgettext("state of a dictation", "No microphone"),
  broken: pgettext("state of a dictation", "Microphone not working"),
  muted: pgettext("state of a dictation", "Microphone muted"),
};

/** @typedef {keyof typeof NAMES} Status */

/**
 * The state of the dictation as words and a shape, announced by screen readers when it changes; beneath it a detail
 * that is never announced.
 */
export class StatusLine {
  #element;
  #name;
  #detail;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
    this.#name = query(element, "[role=status]", HTMLElement);
    this.#detail = query(element, ".status-detail", HTMLElement);
  }

  get state() {
    return this.#element.dataset.state;
  }

  /**
   * @param {Status} state
   * @param {string} [detail] - Without one, the detail stays as it is.
   * @param {string} [aside] - Of no interest to most: it is shown to who points there.
   */
  show(state, detail, aside = "") {
    this.#element.title = aside;
    if (this.#element.dataset.state !== state) this.#element.dataset.state = state;
    if (this.#name.textContent !== NAMES[state]) this.#name.textContent = NAMES[state];
    if (detail !== undefined) this.detail = detail;
  }

  /** @param {string} text */
  set detail(text) {
    if (this.#detail.textContent !== text) this.#detail.textContent = text;
  }
}
