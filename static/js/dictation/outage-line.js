import { clockText } from "app/shared/clock";
import { gettext } from "app/shared/i18n";

const PAST_MS = 20000;

/** Under the tail: what is not being recorded and since when, and afterwards, for a while, what was not. */
export class OutageLine {
  #element;
  #shown = "";
  #timer = null;
  #past = null;

  constructor(element) {
    this.#element = element;
  }

  /** `outage` and `trouble` are those of a LiveSession. */
  show(outage, trouble) {
    if (outage !== null && outage.until !== null) return this.#showPast(outage);
    const dropped = outage && droppedText(clockText(outage.at));
    this.say([dropped, trouble].filter(Boolean).join(" "));
  }

  say(text, { isPast = false } = {}) {
    if (text === this.#shown) return;
    clearTimeout(this.#timer);
    this.#shown = text;
    this.#element.textContent = text;
    this.#element.classList.toggle("past", isPast);
    this.#element.hidden = !text;
  }

  #showPast(outage) {
    if (outage === this.#past) return;
    this.#past = outage;
    this.say(pastText(clockText(outage.at), clockText(outage.until)), { isPast: true });
    this.#timer = setTimeout(() => this.say(""), PAST_MS);
  }
}

function droppedText(at) {
  return gettext("The connection dropped at %(at)s. What you say now is not being recorded.", { at });
}

function pastText(from, to) {
  return from === to
    ? gettext("Some words at %(from)s were not recorded.", { from })
    : gettext("What you said from %(from)s to %(to)s was not recorded.", { from, to });
}
