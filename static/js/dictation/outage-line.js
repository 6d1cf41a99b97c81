import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";

/** @import { OutageRange } from "app/dictation/outage" */

const PAST_MS = 20000;

/**
 * The line under the tail about an outage: since when nothing is being recorded and, for a while afterwards, from when
 * to when nothing was.
 */
export class OutageLine {
  #element;
  #text = "";
  /** @type {number | undefined} */
  #timer;
  /** @type {OutageRange | null} */
  #past = null;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /**
   * @param {OutageRange | null} outage - The outage of a LiveSession.
   * @param {string} trouble - The server's sentence about it, or an empty string.
   */
  showOutage(outage, trouble) {
    if (outage !== null && outage.until !== null) return this.#showPast(outage, outage.until);
    const dropped = outage && droppedText(clockText(outage.at));
    this.show([dropped, trouble].filter(Boolean).join(" "));
  }

  /**
   * Shows a sentence; an empty one hides the line.
   * @param {string} text
   * @param {{isPast?: boolean}} [options] - Whether the sentence is about an outage that is over.
   */
  show(text, { isPast = false } = {}) {
    if (text === this.#text) return;
    clearTimeout(this.#timer);
    this.#text = text;
    this.#element.textContent = text;
    this.#element.classList.toggle("past", isPast);
    this.#element.hidden = !text;
  }

  close() {
    clearTimeout(this.#timer);
  }

  /**
   * @param {OutageRange} outage
   * @param {number} until
   */
  #showPast(outage, until) {
    if (outage === this.#past) return;
    this.#past = outage;
    this.show(pastText(clockText(outage.at), clockText(until)), { isPast: true });
    this.#timer = setTimeout(() => this.show(""), PAST_MS);
  }
}

/** @param {string} at */
function droppedText(at) {
  return gettext("The connection dropped at %(at)s. What you say now is not being recorded.", { at });
}

/**
 * @param {string} from
 * @param {string} to
 */
function pastText(from, to) {
  return from === to
    ? gettext("Some words at %(from)s were not recorded.", { from })
    : gettext("What you said from %(from)s to %(to)s was not recorded.", { from, to });
}
