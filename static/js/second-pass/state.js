import { gettext, language, ngettext } from "app/shared/i18n";

/** How often it is asked how a second pass stands. */
export const POLL_MS = 1500;

/** Whether something is still to come of it. */
export function isMoving({ state }) {
  return state === "waiting" || state === "working";
}

/** How far one is that nobody has asked for, in a line. */
export function listeningText({ state, percent }) {
  if (state === "waiting") return gettext("The whole recording is listened to again in a moment.");
  return gettext("Listening to the whole recording again: %(percent)s %%", { percent });
}

/** What came of that; nothing where nothing did. */
export function betterText(count) {
  if (!count) return "";
  return ngettext(
    "Heard as a whole, %(count)s sentence was understood better.",
    "Heard as a whole, %(count)s sentences were understood better.",
    count,
    { count: count.toLocaleString(language) },
  );
}
