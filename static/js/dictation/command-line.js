import { byId } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { post, sentenceOf } from "app/shared/requests";

/** @import { Final } from "app/dictation/messages" */
/** @import { Transcript } from "app/dictation/transcript" */

const SHOWN_MS = 10000;

/** @type {HTMLElement | null} */
let shown = null;

/**
 * Says for ten seconds below the text what a spoken command has done, with a button that takes it back: what was said
 * is text then.
 * @param {Final} final - The command.
 * @param {string} session - The address of the session.
 * @param {Transcript} transcript
 * @param {{pause: () => void}} dictation
 */
export function tell({ command }, session, transcript, dictation) {
  if (!command) return;
  // The server pauses too; a page that does not know of it would have it go on.
  if (command.does === "pause") dictation.pause();
  shown?.remove();
  const line = document.createElement("p");
  line.className = "column meta";
  line.setAttribute("role", "status");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "link";
  button.textContent = gettext("Undo");
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const answer = await post(`${session}changes/${command.change}/undo/`, {});
      transcript.addSilently(answer.rows);
      line.remove();
    } catch (error) {
      line.textContent = sentenceOf(error);
    }
  });
  const isGone = command.does === "scratch";
  line.append(isGone ? gettext("The sentence was deleted.") : gettext("Voice command"), " ", button);
  byId("now", HTMLElement).append(line);
  shown = line;
  setTimeout(() => line.remove(), SHOWN_MS);
}
