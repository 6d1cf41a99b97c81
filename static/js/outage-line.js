import { clockText } from "app/clock";

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
    const dropped =
      outage && `The connection dropped at ${clockText(outage.at)}. What you say now is not being recorded.`;
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
    const [from, to] = [clockText(outage.at), clockText(outage.until)];
    const text =
      from === to ? `Some words at ${from} were not recorded.` : `What you said from ${from} to ${to} was not recorded.`;
    this.say(text, { isPast: true });
    this.#timer = setTimeout(() => this.say(""), PAST_MS);
  }
}
