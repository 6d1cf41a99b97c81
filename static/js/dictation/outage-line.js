import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";

/** @import { Stretch } from "app/dictation/outage" */

const PAST_MS = 20000;

/** Under the tail: what is not being recorded and since when, and afterwards, for a while, what was not. */
export class OutageLine {
  #element;
  #text = "";
  /** @type {number | undefined} */
  #timer;
  /** @type {Stretch | null} */
  #past = null;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /**
   * @param {Stretch | null} outage - That of a LiveSession.
   * @param {string} trouble - A sentence about it, where the server has one.
   */
  showOutage(outage, trouble) {
    if (outage !== null && outage.until !== null) return this.#showPast(outage, outage.until);
    const dropped = outage && droppedText(clockText(outage.at));
    this.show([dropped, trouble].filter(Boolean).join(" "));
  }

  /**
   * Shows a sentence, or none.
   * @param {string} text
   * @param {{isPast?: boolean}} [options] - Whether it is of something that is over.
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
   * @param {Stretch} outage
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
