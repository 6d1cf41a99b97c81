import { byId } from "app/shared/dom";
import { AWAY } from "app/shared/requests";

/**
 * Offers in the menu to add a phone to a dictation that runs. The page hides that once it runs no more.
 * @param {string} session - Its id.
 * @param {{tell: (sentence: string) => void}} dictation - Is told if the dialog cannot be loaded.
 */
export function offerPhone(session, dictation) {
  const button = byId("add-phone", HTMLButtonElement);
  const url = button.value.replace(/[\w-]{36}/, session);
  button.hidden = false;
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
