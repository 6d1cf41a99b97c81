import { gettext, ngettext } from "app/shared/i18n";

/** @import { CheckLine } from "app/dictation/check-lines" */

/**
 * @typedef {object} SoundData
 * @property {boolean} keep - The account's setting.
 * @property {number} days - How many days sound is kept; 0 if the site keeps none.
 * @property {boolean} shared - Whether others may read the text and play the sound.
 */

const NOT_KEPT = gettext("The recording is not saved, only the text.");
const LOCAL = gettext("Speech is recognised on this server.");

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
    /** @type {CheckLine} */
    const line = {
      kind: "done",
      sentence: this.#isKept ? keptText(this.#days) : NOT_KEPT,
      detail: `${accessText(this.#isKept, this.#isShared)} ${LOCAL}`,
    };
    if (this.#days === 0) return line;
    const label = this.#isKept ? gettext("Don't save the recording") : gettext("Save the recording");
    return { ...line, link: [label, () => this.#choose(!this.#isKept)] };
  }

  /** @param {boolean} isKept */
  #choose(isKept) {
    this.#isKept = isKept;
    this.#changed();
  }
}

/** @param {number} days */
function keptText(days) {
  return ngettext(
    "The recording is saved with the text for %(days)s day.",
    "The recording is saved with the text for %(days)s days.",
    days,
    { days },
  );
}

/**
 * Who can read the text and play the recording.
 * @param {boolean} isKept
 * @param {boolean} isShared
 */
function accessText(isKept, isShared) {
  if (isShared) {
    return isKept
      ? gettext("Reviewers and administrators of this server can read the text and play the recording; that is logged.")
      : gettext("Reviewers and administrators of this server can read the text; that is logged.");
  }
  return isKept
    ? gettext("Nobody else with an account here can read the text or play the recording.")
    : gettext("Nobody else with an account here can read the text.");
}
