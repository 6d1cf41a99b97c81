import { gettext, language, ngettext } from "app/shared/i18n";
import { timeLeft } from "app/uploads/wording";

/** @import { DifferenceData, Status } from "app/second-pass/state" */

/**
 * @typedef {{all: number, open: number, corrected: number, accepted: number}} Counts - `corrected` counts open ones.
 */

/**
 * A line about the progress of a second pass.
 * @param {Status} status
 */
export function progressOf({ state, percent = null, seconds_left: seconds = null }) {
  if (state === "waiting") return gettext("Waiting in the queue to be transcribed again.");
  if (percent === null) return gettext("Transcribing again");
  const left = timeLeft(seconds);
  if (left) return gettext("Transcribing again: %(percent)s %%, %(left)s", { percent, left });
  return gettext("Transcribing again: %(percent)s %%", { percent });
}

/**
 * A sentence about the result of a second pass.
 * @param {Counts} counts
 */
export function outcomeOf({ all, open, accepted }) {
  if (!all) return gettext("Transcribing again found nothing to change.");
  if (open) {
    const values = { count: number(open) };
    return ngettext("%(count)s suggested change.", "%(count)s suggested changes.", open, values);
  }
  if (!accepted) return gettext("All done: no changes accepted.");
  return ngettext("All done: %(count)s change accepted.", "All done: %(count)s changes accepted.", accepted, {
    count: number(accepted),
  });
}

/**
 * A sentence beneath it about corrections that would be overwritten; may be empty.
 * @param {Counts} counts
 */
export function detailOf({ open, corrected }) {
  if (!corrected) return "";
  if (corrected === open) {
    return ngettext(
      "It would overwrite your correction. Decide on it in the text.",
      "They would overwrite your corrections. Decide on each in the text.",
      corrected,
    );
  }
  return ngettext(
    "%(count)s of them would overwrite your correction. Decide on it in the text.",
    "%(count)s of them would overwrite your corrections. Decide on each in the text.",
    corrected,
    { count: number(corrected) },
  );
}

/** @param {number} count */
export function acceptAll(count) {
  return ngettext("Accept it", "Accept all %(count)s", count, { count: number(count) });
}

/**
 * The label of the button that undoes what was accepted at once.
 * @param {number} count - How many these are.
 * @param {number} accepted - How many are accepted; some may have been, one by one.
 */
export function undoAll(count, accepted) {
  const values = { count: number(count) };
  return count === accepted
    ? ngettext("Undo it", "Undo all %(count)s", count, values)
    : ngettext("Undo the last one", "Undo the last %(count)s", count, values);
}

/**
 * A sentence about one difference or, once it is decided, about the decision; may be empty.
 * @param {DifferenceData} difference
 */
export function noteOf({ state, corrected, parts }) {
  const isNew = parts.every((part) => part.new);
  switch (state) {
    case "accepted":
      return gettext("Accepted.");
    case "kept":
      return isNew ? gettext("Left out.") : gettext("Rejected.");
    case "stale":
      return gettext("This sentence has been changed in the meantime. It stays as it is.");
    default:
      if (corrected) return gettext("You corrected this. If you accept, your text stays in the version history.");
      return isNew ? gettext("This was missed the first time.") : "";
  }
}

/** @param {number} count */
function number(count) {
  return count.toLocaleString(language);
}
