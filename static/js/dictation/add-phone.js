import { byId } from "app/shared/dom";
import { AWAY } from "app/shared/requests";

/** @type {MutationObserver | null} */
let watching = null;

/**
 * Offers in the menu to add a phone to a dictation, for as long as it runs and can be stopped.
 * @param {string} session - Its id.
 * @param {{tell: (sentence: string) => void}} dictation - Is told if the dialog cannot be loaded.
 */
export function offerPhone(session, dictation) {
  const button = byId("add-phone", HTMLButtonElement);
  const stop = byId("stop", HTMLButtonElement);
  const url = button.value.replace(/[\w-]{36}/, session);
  button.hidden = stop.hidden;
  watching?.disconnect();
  watching = new MutationObserver(() => {
    button.hidden = stop.hidden;
  });
  watching.observe(stop, { attributeFilter: ["hidden"] });
  button.onclick = async () => {
    // The dialog will return the focus to the element that has it now; that must not be inside a menu that closes.
    byId("menu", HTMLElement).hidePopover();
    try {
      const { PhoneDialog } = await import("app/dictation/phone-dialog");
      await PhoneDialog.open(url);
    } catch {
      dictation.tell(AWAY);
    }
  };
}
