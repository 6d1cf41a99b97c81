import { gettext, ngettext } from "app/shared/i18n";

const NOT_KEPT = gettext("Sound is not kept, only the text.");

/**
 * Whether the sound of the next dictation is kept: as the account says until its person chooses otherwise here.
 * `data` is the page's `{keep, days, shared}`: 0 days where the site keeps none, and whether reviewers may play it.
 * `changed()` follows a choice.
 */
export class SoundChoice {
  #days;
  #isShared;
  #isKept;
  #changed;

  constructor({ keep, days, shared }, changed) {
    this.#days = days;
    this.#isShared = shared;
    this.#isKept = keep && days > 0;
    this.#changed = changed;
  }

  get isKept() {
    return this.#isKept;
  }

  /** The line of the pre-flight. */
  get line() {
    if (this.#days === 0) return { kind: "done", sentence: NOT_KEPT };
    return this.#isKept
      ? {
          kind: "done",
          sentence: keptText(this.#days, this.#isShared),
          link: [gettext("Keep text only"), () => this.#choose(false)],
        }
      : { kind: "done", sentence: NOT_KEPT, link: [gettext("Keep sound"), () => this.#choose(true)] };
  }

  #choose(isKept) {
    this.#isKept = isKept;
    this.#changed();
  }
}

function keptText(days, isShared) {
  const kept = ngettext(
    "Sound is kept with the text for %(days)s day.",
    "Sound is kept with the text for %(days)s days.",
    days,
    { days },
  );
  const heardBy = isShared
    ? gettext("Only you and this server's reviewers can play it.")
    : gettext("Only you can play it.");
  return `${kept} ${heardBy}`;
}
