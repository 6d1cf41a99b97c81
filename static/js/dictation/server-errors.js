const DELETED = ["not_found", "trashed"];
const FATAL = [
  "account_leaving",
  "not_logged_in",
  "too_many_sockets",
  "too_many_sessions",
  "session_ended",
  "model_unavailable",
];
// A refused candidate does not prevent the connection, and after a restart of the server the socket reconnects.
const HARMLESS = ["candidate_refused", "candidate_limit", "too_many_candidates", "restarting"];

/**
 * Whether a server error says that the dictation is gone.
 * @param {string} code
 */
export function isDeleted(code) {
  return DELETED.includes(code);
}

/**
 * Whether a server error ends a dictation in any state.
 * @param {string} code
 */
export function isFatal(code) {
  return FATAL.includes(code);
}

/**
 * Whether a server error says that the server hears no more of a dictation, which may go on here.
 * @param {string} code
 */
export function isOverThere(code) {
  return code === "session_ended" || code === "not_logged_in";
}

/**
 * Whether a server error can be ignored.
 * @param {string} code
 */
export function isHarmless(code) {
  return HARMLESS.includes(code);
}
