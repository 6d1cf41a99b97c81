import { AWAY } from "app/shared/requests";

/**
 * What this dictation is listened to for, beside what its person's account says. The dialog that asks for it is fetched
 * when somebody opens it.
 *
 * `data` is the page's: `{words, threshold, prefix_ms, silence_ms}` of the session, null where the account's hold,
 * `account_words`, `limits` and `pause`, the bounds in seconds. `changed()` follows when something is another,
 * `failed(sentence)` when the dialog cannot be fetched.
 */
export class Listening {
  #document;
  #data;
  #changed;
  #failed;
  #wanted;
  #dialog = null;
  #events = new AbortController();

  constructor(document, data, { changed, failed }) {
    this.#document = document;
    this.#data = data;
    this.#changed = changed;
    this.#failed = failed;
    const { words, threshold, prefix_ms, silence_ms } = data;
    this.#wanted = { words, threshold, prefix_ms, silence_ms };
    const { signal } = this.#events;
    document.getElementById("listening-open").addEventListener("click", () => this.open(), { signal });
  }

  /** Part of an offer's settings. */
  get wishes() {
    const { words, ...endpointing } = this.#wanted;
    return { vocabulary: words, endpointing };
  }

  /** How many words and phrases are listened for, the account's included. */
  get count() {
    const all = new Set([...this.#wanted.words, ...this.#data.account_words]);
    return Math.min(all.size, this.#data.limits.words);
  }

  async open() {
    // The focus is given back to what had it: that must not be in a menu that closes.
    this.#document.getElementById("menu").hidePopover();
    try {
      const { ListeningDialog } = await import("app/dictation/listening-dialog");
      this.#dialog ??= new ListeningDialog(this.#document, this.#data, (wanted) => this.#take(wanted));
    } catch {
      this.#failed(AWAY);
      return;
    }
    this.#dialog.open(this.#wanted);
  }

  close() {
    this.#events.abort();
    this.#dialog?.close();
  }

  #take(wanted) {
    const isOther = JSON.stringify(wanted) !== JSON.stringify(this.#wanted);
    this.#wanted = wanted;
    if (isOther) this.#changed();
  }
}
