import { gettext } from "app/shared/i18n";

const FATAL = [
  "account_leaving",
  "not_logged_in",
  "not_found",
  "too_many_sockets",
  "too_many_sessions",
  "session_ended",
  "model_unavailable",
];
// A refused candidate does not prevent the connection, and after a restart of the server the socket reconnects.
const HARMLESS = ["candidate_refused", "candidate_limit", "too_many_candidates", "restarting"];

/**
 * Whether a server error ends a dictation in any state.
 * @param {string} code
 */
export function isFatal(code) {
  return FATAL.includes(code);
}

/**
 * Whether a server error can be ignored.
 * @param {string} code
 */
export function isHarmless(code) {
  return HARMLESS.includes(code);
}

/**
 * A sentence saying why the server has closed a socket for good.
 * @param {number} code
 */
export function closedText(code) {
  return code === 4401 ? gettext("You are logged out. Log in again.") : gettext("This dictation does not exist.");
}
