import { gettext, language, ngettext } from "app/shared/i18n";

/** @import { SentenceData } from "app/shared/row" */

/**
 * The status of a second pass. The optional fields come once there is a second pass, `items` once it is `ready` or
 * `done`. If it has changed sentences automatically, `rows` has them and `change` is the id with which to undo that.
 * @typedef {object} Status
 * @property {"none" | "waiting" | "working" | "ready" | "done" | "failed" | "cancelled"} state
 * @property {boolean} automatic - Whether it started automatically, without a request.
 * @property {number | null} [percent] - Null while unknown.
 * @property {number | null} [seconds_left] - Null while unknown.
 * @property {string} [message] - A sentence saying what went wrong.
 * @property {DifferenceData[]} [items]
 * @property {SentenceData[]} [rows]
 * @property {number} [word_count]
 * @property {string | null} [change]
 */

/**
 * Consecutive sentences for which a change is proposed; `corrected` if one of them was corrected by hand.
 * @typedef {object} DifferenceData
 * @property {number} number
 * @property {"open" | "accepted" | "kept" | "stale"} state - `stale` if its words have changed since.
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {boolean} corrected
 * @property {boolean} undoable
 * @property {DifferencePart[]} parts
 */

/**
 * One sentence of a difference; `seq` is null if it is not in the transcript yet, `new` is true if it was not before.
 * @typedef {object} DifferencePart
 * @property {number | null} seq
 * @property {number} version
 * @property {number} start_ms
 * @property {number} end_ms
 * @property {boolean} new
 * @property {string} language - Its code; empty if unknown.
 * @property {boolean} [shared] - Whether it is from the shared sound.
 * @property {{kind: "same" | "removed" | "added", text: string}[]} differences
 */

/** The interval between requests for the status of a second pass, in milliseconds. */
export const POLL_MS = 1500;

/**
 * Whether the second pass is still waiting or working.
 * @param {{state: string}} status
 */
export function isMoving({ state }) {
  return state === "waiting" || state === "working";
}

/**
 * A line about the progress of an automatic second pass.
 * @param {{state: string, percent?: number | null}} status
 */
export function listeningText({ state, percent }) {
  if (state === "waiting") return gettext("The whole recording will be transcribed again in a moment.");
  if (!percent) return gettext("Transcribing the whole recording again.");
  return gettext("Transcribing the whole recording again: %(percent)s %%", { percent });
}

/**
 * A line about the result of an automatic second pass; an empty string if it changed nothing.
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
