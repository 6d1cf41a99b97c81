import { gettext, language, ngettext } from "app/shared/i18n";

/** @import { SentenceData } from "app/shared/row" */

/**
 * How a second pass stands. All but the first two are there once there is one; `items` once it is `ready` or `done`.
 * What changed by itself comes with the rows that are other now, and `change` to take it back by.
 * @typedef {object} Status
 * @property {"none" | "waiting" | "working" | "ready" | "done" | "failed" | "cancelled"} state
 * @property {boolean} automatic - Nobody has asked for it.
 * @property {number} [percent]
 * @property {number | null} [seconds_left] - Null where nobody can tell.
 * @property {string} [message] - What went wrong.
 * @property {DifferenceData[]} [items]
 * @property {SentenceData[]} [rows]
 * @property {number} [word_count]
 * @property {string | null} [change]
 */

/**
 * Sentences in a row for which a change is suggested; `corrected` where somebody has corrected it by hand.
 * @typedef {object} DifferenceData
 * @property {number} number
 * @property {"open" | "accepted" | "kept" | "stale"} state - It is stale where its words have changed since.
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {boolean} corrected
 * @property {boolean} undoable
 * @property {DifferencePart[]} parts
 */

/**
 * One sentence of it; `seq` is null where it is not in the transcript yet, `new` says that it was not before.
 * @typedef {object} DifferencePart
 * @property {number | null} seq
 * @property {number} version
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {boolean} new
 * @property {{kind: "same" | "removed" | "added", text: string}[]} differences
 */

/** How often it is asked how a second pass stands, in milliseconds. */
export const POLL_MS = 1500;

/**
 * Whether something is still to come of it.
 * @param {{state: string}} status
 */
export function isMoving({ state }) {
  return state === "waiting" || state === "working";
}

/**
 * How far one is that nobody has asked for, in a line.
 * @param {{state: string, percent?: number | null}} status
 */
export function listeningText({ state, percent }) {
  if (state === "waiting") return gettext("The whole recording will be transcribed again in a moment.");
  return gettext("Transcribing the whole recording again: %(percent)s %%", { percent: percent ?? 0 });
}

/**
 * What came of that; nothing where nothing did.
 * @param {number} count
 */
export function betterText(count) {
  if (!count) return "";
  return ngettext(
    "The improved transcript changed %(count)s sentence.",
    "The improved transcript changed %(count)s sentences.",
    count,
    { count: count.toLocaleString(language) },
  );
}
