import { gettext, ngettext } from "app/shared/i18n";

/** @import { CheckLine } from "app/dictation/check-lines" */

/**
 * @typedef {object} SoundData
 * @property {boolean} keep - The account's setting.
 * @property {number} days - How many days sound is kept; 0 if the site keeps none.
 * @property {boolean} shared - Whether reviewers may play it.
 */

const NOT_KEPT = gettext("The recording is not saved, only the text.");

/** Whether the sound of the next dictation is kept: the account's setting, unless the user chooses otherwise here. */
export class SoundChoice {
  #days;
  #isShared;
  #isKept;
  #changed;

  /**
   * @param {SoundData} data
   * @param {() => void} changed - Called after a choice.
   */
  constructor({ keep, days, shared }, changed) {
    this.#days = days;
    this.#isShared = shared;
    this.#isKept = keep && days > 0;
    this.#changed = changed;
  }

  get isKept() {
    return this.#isKept;
  }

  /**
   * The sentence about it among the checks before Start.
   * @returns {CheckLine}
   */
  get line() {
    if (this.#days === 0) return { kind: "done", sentence: NOT_KEPT };
    return this.#isKept
      ? {
          kind: "done",
          sentence: keptText(this.#days, this.#isShared),
          link: [gettext("Don't save the recording"), () => this.#choose(false)],
        }
      : { kind: "done", sentence: NOT_KEPT, link: [gettext("Save the recording"), () => this.#choose(true)] };
  }

  /** @param {boolean} isKept */
  #choose(isKept) {
    this.#isKept = isKept;
    this.#changed();
  }
}

/**
 * @param {number} days
 * @param {boolean} isShared
 */
function keptText(days, isShared) {
  const kept = ngettext(
    "The recording is saved with the text for %(days)s day.",
    "The recording is saved with the text for %(days)s days.",
    days,
    { days },
  );
  const heardBy = isShared
    ? gettext("Only you and this server's reviewers can play it.")
    : gettext("Only you can play it.");
  return `${kept} ${heardBy}`;
}
