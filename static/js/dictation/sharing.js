import { optional, query } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { AWAY } from "app/shared/requests";

/** @import { CheckLine } from "app/dictation/check-lines" */
/** @import { SharedSound } from "app/dictation/shared-sound" */

/**
 * @typedef {object} SharingEvents
 * @property {(sentence: string) => void} changed - Something is shared, or nothing any more; says so.
 * @property {(sentence: string) => void} failed - Says why nothing is shared.
 */

/** The sound that is recorded beside the microphone, the button for it, and the sign that is there meanwhile. */
export class Sharing {
  /**
   * The sound that is shared now.
   * @type {SharedSound | null}
   */
  sound = null;
  #button;
  #name;
  #sign;
  #on;

  /**
   * @param {HTMLButtonElement} button
   * @param {HTMLElement} sign - With a button that ends it.
   * @param {SharingEvents} on
   */
  constructor(button, sign, on) {
    this.#button = button;
    this.#sign = sign;
    this.#name = button.textContent;
    this.#on = on;
    button.hidden = !navigator.mediaDevices?.getDisplayMedia;
    button.onclick = query(sign, "button", HTMLButtonElement).onclick = () => this.toggle();
  }

  /**
   * The sentence about it among the checks before Start; none where the browser shares nothing.
   * @returns {CheckLine[]}
   */
  get lines() {
    if (this.#button.hidden) return [];
    if (this.sound !== null) return [{ kind: "done", sentence: this.sound.sentence }];
    const sentence = gettext("Only your microphone is recorded.");
    return [{ kind: "done", sentence, link: [this.#name, () => this.toggle()] }];
  }

  /** Lets the user choose what to share, or ends it. */
  async toggle() {
    if (this.sound !== null) return this.end(this.sound.farewell);
    if (this.#button.disabled) return;
    this.#button.disabled = true;
    // Few dictations need it.
    const loaded = await import("app/dictation/shared-sound").catch(() => null);
    const sound = loaded ? await loaded.openSharedSound() : AWAY;
    this.#button.disabled = false;
    if (typeof sound === "string") return sound && this.#on.failed(sound);
    sound.onended = () => this.end(sound.farewell);
    this.#set(sound);
    this.#on.changed(sound.sentence);
  }

  /**
   * Ends the sharing.
   * @param {string} sentence - What to say of it.
   */
  end(sentence) {
    this.close();
    this.#on.changed(sentence);
  }

  close() {
    this.sound?.close();
    this.#set(null);
  }

  /** @param {SharedSound | null} sound */
  #set(sound) {
    this.sound = sound;
    this.#button.textContent = sound?.end ?? this.#name;
    // What had the focus in the sign is gone with it.
    const hadFocus = this.#sign.contains(document.activeElement);
    this.#sign.hidden = sound === null;
    query(this.#sign, "[data-what]", HTMLElement).textContent = sound?.what ?? "";
    if (sound === null && hadFocus)
      optional(document, ".controls-buttons > :not([hidden])", HTMLButtonElement)?.focus();
  }
}
