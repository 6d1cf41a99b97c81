import { SessionSocket } from "app/dictation/socket";

/** @import { PastOutage } from "app/dictation/outages" */
/** @import { Recovered, ServerMessage } from "app/dictation/messages" */
/** @import { Transcript } from "app/dictation/transcript" */
/** @import { SentenceData } from "app/shared/row" */

/** @type {Recovered} */
const ALL = { type: "recovered", start_ms: 0, end_ms: Infinity };
// Until then, the finals that the server has saved before have come.
const SYNC_MS = 3000;

/** Waits for the words of a dictation that has ended which the server is still to recover from the recording. */
export class LateWords {
  #socket;
  #transcript;
  #on;
  /** @type {number | undefined} */
  #timer;

  /**
   * @param {string} url - The address of the session's WebSocket.
   * @param {Transcript} transcript - Loses its unsaved words that are not found.
   * @param {object} on
   * @param {(rows: SentenceData[]) => void} on.saved - Called with sentences to be shown.
   * @param {(outages: PastOutage[]) => void} on.missing - Called with where nothing is recorded, as the server has it.
   * @param {() => void} on.done - No more will come; called after it has closed itself.
   */
  constructor(url, transcript, on) {
    this.#transcript = transcript;
    this.#on = on;
    this.#socket = new SessionSocket(url, {
      message: (message) => this.#handle(message),
      dropped: () => clearTimeout(this.#timer),
      refused: () => this.#finish(),
    });
  }

  close() {
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  /** @param {ServerMessage} message */
  #handle(message) {
    if (message.type === "ready") {
      this.#socket.send({ type: "sync", after_seq: this.#transcript.lastSeq });
      const isTaped = message.recovering === true;
      if (message.outages) this.#on.missing(message.outages.map(([at, until]) => ({ at, until, isTaped })));
      if (!message.recovering) this.#timer = setTimeout(() => this.#finish(), SYNC_MS);
    } else if (message.type === "final") {
      this.#on.saved([message]);
    } else if (message.type === "recovered") {
      this.#transcript.removeUnsaved(message);
      // Another time range may be left.
      this.#socket.reopen();
    }
  }

  #finish() {
    this.close();
    this.#transcript.removeUnsaved(ALL);
    this.#on.done();
  }
}
