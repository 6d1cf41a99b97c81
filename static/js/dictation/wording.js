import { clockText } from "app/shared/clock";
import { gettext, language, ngettext } from "app/shared/i18n";

/** @import { SessionEnd } from "app/dictation/session" */

const COUNT = new Intl.NumberFormat(language);
const HOURS = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

/**
 * @typedef {object} Limits
 * @property {number} silence_minutes
 * @property {number} session_hours
 *
 * @typedef {object} EndText - How the page shows a session that has ended.
 * @property {"saved" | "stopped" | "failed"} state - The state in the status line.
 * @property {string} sentence - The sentence on the page; may be empty.
 * @property {boolean} isOver - Whether Start creates another session.
 * @property {boolean} isDeleted - Whether there is nothing left of it to show.
 */

/**
 * @param {SessionEnd} end
 * @param {Limits} limits
 * @returns {EndText}
 */
export function endText({ reason, message, isKept }, { silence_minutes: minutes, session_hours: hours }) {
  if (reason === "trashed" || reason === "not_found") return deleted(gettext("This dictation was deleted."));
  if (!isKept) return deleted(gettext("Nothing was said, so nothing was kept."));
  switch (reason) {
    case "stopped":
      return over("");
    case "silence":
      return over(
        ngettext(
          "We heard nothing for %(minutes)s minute, so we stopped. Everything before that is saved.",
          "We heard nothing for %(minutes)s minutes, so we stopped. Everything before that is saved.",
          minutes,
          { minutes },
        ),
      );
    case "limit":
      return over(
        ngettext(
          "A dictation can last up to %(hours)s hour, so we stopped. All of it is saved.",
          "A dictation can last up to %(hours)s hours, so we stopped. All of it is saved.",
          hours,
          { hours: HOURS.format(hours) },
        ),
      );
    case "lost":
      return over(gettext("No audio reached the server for too long, so it stopped. Everything before that is saved."));
    case "account_leaving":
    case "deleted":
      return deleted(gettext("This account is being deleted, and this dictation with it."));
    case "gone":
    case "away":
      return over(gettext("The server had already stopped this dictation. Everything before that is saved."));
    case "taken":
      return cut("stopped", gettext("This dictation is continuing in another window."));
    case "unconfirmed":
      return cut("failed", gettext("The server did not confirm the last words. Everything above is saved."));
    case "refused":
      return cut("failed", message);
    default:
      return over(gettext("The server stopped this dictation. Everything before that is saved."));
  }
}

/**
 * @param {"stopped" | "failed"} state
 * @param {string} sentence
 * @returns {EndText}
 */
function cut(state, sentence) {
  return { state, sentence, isOver: false, isDeleted: false };
}

/**
 * @param {string} sentence
 * @returns {EndText}
 */
function over(sentence) {
  return { state: "saved", sentence, isOver: true, isDeleted: false };
}

/**
 * @param {string} sentence
 * @returns {EndText}
 */
function deleted(sentence) {
  return { state: "stopped", sentence, isOver: true, isDeleted: true };
}

/**
 * A short text on whether sound is being recorded.
 * @param {boolean} isRecording
 */
export function recordingText(isRecording) {
  return isRecording ? gettext("Still being recorded") : gettext("Not being recorded");
}

/** What to say of a dictation whose last words were not saved before it ended. */
export function recoveryText() {
  return gettext("The last words will be transcribed again from the recording.");
}

/**
 * What to say of a dictation that was kept although nothing was said; empty where something was, or may have been.
 * @param {{isEmpty: boolean, hasOutage: boolean, title: string}} dictation - `isEmpty` if no words are shown; `hasOutage`
 *   if some may have been lost, to be recovered later.
 */
export function wordlessText({ isEmpty, hasOutage, title }) {
  return isEmpty && !hasOutage && title ? gettext("Nothing was said. The dictation was kept for its title.") : "";
}

/**
 * A line about the length of a dictation and how much of it is saved.
 * @param {number} clockMs
 * @param {number} sentences - How many sentences are saved.
 * @param {boolean} [isSoundLost] - Whether only the text is kept.
 */
export function savedText(clockMs, sentences, isSoundLost) {
  const values = { clock: clockText(clockMs), count: COUNT.format(sentences) };
  return isSoundLost
    ? ngettext(
        "%(clock)s · %(count)s sentence saved, no recording",
        "%(clock)s · %(count)s sentences saved, no recording",
        sentences,
        values,
      )
    : ngettext("%(clock)s · %(count)s sentence saved", "%(clock)s · %(count)s sentences saved", sentences, values);
}

/**
 * What is said of a time range whose sound is on this device, and whose words follow.
 * @param {string} from
 * @param {string} to
 */
export function tapedText(from, to) {
  return from === to
    ? gettext("Some words at %(from)s were recorded on this device. They follow.", { from })
    : gettext("What you said from %(from)s to %(to)s was recorded on this device. The words follow.", { from, to });
}

/**
 * What is said of a time range in which nothing was recorded.
 * @param {string} from
 * @param {string} to
 */
export function pastText(from, to) {
  return from === to
    ? gettext("Some words at %(from)s were not recorded.", { from })
    : gettext("What you said from %(from)s to %(to)s was not recorded.", { from, to });
}
