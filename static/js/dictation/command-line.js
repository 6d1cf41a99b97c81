import { byId } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { post, sentenceOf } from "app/shared/requests";

/** @import { Final, SpokenCommand } from "app/dictation/messages" */
/** @import { Transcript } from "app/dictation/transcript" */

const SHOWN_MS = 10000;
// As long as the server waits for a yes.
const ASKED_MS = 30000;

/** @type {HTMLElement | null} */
let shown = null;

/**
 * Says for ten seconds below the text what a spoken command has done, with a button that takes it back: what was said
 * is text then. One for an action that asks first does that.
 * @param {Final} final - The command.
 * @param {string} session - The address of the session.
 * @param {Transcript} transcript
 * @param {{pause: () => void}} dictation
 */
export function tell({ command, seq }, session, transcript, dictation) {
  if (!command) return;
  // The server pauses too; a page that does not know of it would have it go on.
  if (command.does === "pause") dictation.pause();
  shown?.remove();
  const line = document.createElement("p");
  line.className = "column meta";
  line.setAttribute("role", "status");
  line.append(said(command));

  /** @type {(label: string, path: string) => void} */
  const offer = (label, path) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link";
    button.textContent = label;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        const answer = await post(`${session}${path}`, {});
        transcript.addSilently(answer.rows);
        line.remove();
      } catch (error) {
        line.textContent = sentenceOf(error);
      }
    });
    line.append(" ", button);
  };
  const isAsked = command.does === "ask";
  if (isAsked) {
    offer(gettext("Yes"), `actions/${seq}/`);
  } else if (command.change) {
    offer(gettext("Undo"), `changes/${command.change}/undo/`);
  }
  byId("now", HTMLElement).append(line);
  shown = line;
  setTimeout(() => line.remove(), isAsked ? ASKED_MS : SHOWN_MS);
}

/** @param {SpokenCommand} command */
function said({ does, name, says }) {
  if (!name) return does === "scratch" ? gettext("The sentence was deleted.") : gettext("Voice command");
  if (does === "ask") return `${name}?`;
  return says ? `${name}: ${says}` : name;
}
