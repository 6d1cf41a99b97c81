import { gettext } from "app/shared/i18n";

const FATAL = [
  "not_logged_in",
  "not_found",
  "too_many_sockets",
  "too_many_sessions",
  "session_ended",
  "model_unavailable",
];
// What concerns one candidate only: the connection may still come about. After a restart the socket opens anew.
const HARMLESS = ["candidate_refused", "candidate_limit", "too_many_candidates", "restarting"];

/**
 * Whether an error of the server ends a dictation, whatever it is doing.
 * @param {string} code
 */
export function isFatal(code) {
  return FATAL.includes(code);
}

/**
 * Whether nothing has to be done about it.
 * @param {string} code
 */
export function isHarmless(code) {
  return HARMLESS.includes(code);
}

/**
 * Why the server has closed a socket for good.
 * @param {number} code
 */
export function closedText(code) {
  return code === 4401 ? gettext("You are logged out. Log in again.") : gettext("This dictation does not exist.");
}
