import { CaptionStream } from "app/shared/caption-stream";
import { optional, query } from "app/shared/dom";
import { gettext } from "app/shared/i18n";
import { nameRows } from "app/shared/names";

/**
 * @import { Message } from "app/shared/caption-stream"
 * @import { Changed, Rows } from "app/transcript/rows"
 */

/** @type {Record<string, string | undefined>} */
const STATES = { live: gettext("Live now"), stalled: gettext("Live now"), paused: gettext("Paused") };

/** Shows the sentences of a dictation that is running once they are saved, and tells when it has ended. */
export class Following {
  #state;
  #rows;
  #applied;
  #stream;
  #waits = false;

  /**
   * @param {HTMLElement} line - Says how the dictation is; `data-events` is the address of its events.
   * @param {Rows} rows
   * @param {(changed: Changed) => Promise<void>} applied - Called with what is new.
   */
  constructor(line, rows, applied) {
    this.#state = query(line, "strong", HTMLElement);
    this.#rows = rows;
    this.#applied = applied;
    this.#stream = new CaptionStream(line.dataset.events ?? "", {
      heard: (event, message) => this.#hear(event, message),
      lost: () => this.#say(gettext("The connection was lost. Connecting again.")),
      gone: () => this.#say(gettext("This page has expired. Reload it.")),
    });
  }

  close() {
    this.#stream.close();
  }

  /**
   * @param {string} event
   * @param {Message} message
   */
  #hear(event, message) {
    // A dictation that has just begun may not be known to be live yet.
    if (event === "final" && this.#waits) this.#saySo("live");
    switch (event) {
      case "final":
      case "change":
        this.#show(message);
        break;
      case "names":
        nameRows(message.speakers);
        break;
      case "state":
        this.#saySo(message.state);
        break;
      case "end":
        this.#stream.close();
        this.#say(gettext("This dictation has ended. Reload the page."));
        break;
    }
  }

  /** @param {Message} sentence */
  #show(sentence) {
    // What was corrected here comes back from the server, too.
    const row = this.#rows.get(sentence.seq);
    if (row && Number(row.dataset.version) >= sentence.version) return;
    optional(this.#rows.element, ":scope > .empty", HTMLElement)?.remove();
    this.#applied({ rows: [sentence] });
  }

  /** @param {string} state */
  #saySo(state) {
    this.#waits = state === "connecting";
    this.#say(STATES[state]);
  }

  #say(sentence = this.#state.textContent) {
    if (this.#state.textContent !== sentence) this.#state.textContent = sentence;
  }
}
