import { gettext, language, ngettext } from "app/shared/i18n";
import { timeLeft } from "app/uploads/wording";

/** @import { DifferenceData, Status } from "app/second-pass/state" */

/** @typedef {{all: number, open: number, corrected: number, accepted: number}} Counts - The corrected are open, too. */

/**
 * How far a second pass is, in a line.
 * @param {Status} status
 */
export function progressOf({ state, percent = 0, seconds_left: seconds = null }) {
  if (state === "waiting") return gettext("The recording waits for its turn to be listened to again.");
  const left = timeLeft(seconds);
  if (left) return gettext("Listening again: %(percent)s %%, %(left)s", { percent, left });
  return gettext("Listening again: %(percent)s %%", { percent });
}

/**
 * What came of it.
 * @param {Counts} counts
 */
export function outcomeOf({ all, open, accepted }) {
  if (!all) return gettext("We listened again and heard the same. No sentence reads otherwise.");
  if (open) {
    const values = { count: number(open) };
    return ngettext("%(count)s sentence reads otherwise.", "%(count)s sentences read otherwise.", open, values);
  }
  if (!accepted) return gettext("All is decided: every sentence stays as it was.");
  return ngettext(
    "All is decided: %(count)s sentence reads as we heard it again.",
    "All is decided: %(count)s sentences read as we heard them again.",
    accepted,
    { count: number(accepted) },
  );
}

/**
 * What is said beneath that; may be nothing.
 * @param {Counts} counts
 */
export function detailOf({ open, corrected }) {
  if (!corrected) return "";
  if (corrected === open) {
    return ngettext(
      "It would put away what you have corrected by hand. Decide it in its place.",
      "They would put away what you have corrected by hand. Decide each in its place.",
      corrected,
    );
  }
  return ngettext(
    "%(count)s of them would put away what you have corrected by hand. It is for you to decide in its place.",
    "%(count)s of them would put away what you have corrected by hand. These are for you to decide in their place.",
    corrected,
    { count: number(corrected) },
  );
}

/** @param {number} count */
export function acceptAll(count) {
  return ngettext("Accept it", "Accept all %(count)s", count, { count: number(count) });
}

/** @param {number} count */
export function undoAll(count) {
  return ngettext("Undo it", "Undo all %(count)s", count, { count: number(count) });
}

/**
 * What is said of one difference: of what it is before it is decided, and of the decision.
 * @param {DifferenceData} difference
 */
export function noteOf({ state, corrected, parts }) {
  const isNew = parts.every((part) => part.new);
  switch (state) {
    case "accepted":
      return gettext("Accepted.");
    case "kept":
      return isNew ? gettext("Left out.") : gettext("Kept as it was.");
    case "stale":
      return gettext("This sentence has changed since we listened. It stays as it is.");
    default:
      if (corrected) return gettext("You have corrected these words. Versions keeps yours if you accept.");
      return isNew ? gettext("This was missed the first time.") : "";
  }
}

/** @param {number} count */
function number(count) {
  return count.toLocaleString(language);
}
