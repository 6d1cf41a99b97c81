/**
 * @typedef {object} EndingEvents
 * @property {() => void} silence - The last sound has left the browser.
 * @property {() => void} ask - The server is to be asked for the end.
 * @property {() => void} reconnect - Its answer is missing: the socket may be dead.
 * @property {() => void} sync - The finals that are missing are to be asked for.
 * @property {() => number} lastSeq - Returns the highest seq up to which the page has all finals.
 * @property {(reason: string) => void} ended
 */

// Lets the last sound leave the browser's buffers before the connection is closed.
const LINGER_MS = 500;
const FLUSH_MS = 10000;
// Until then, Stop is sent again to a server that has lost the session's worker.
const AGAIN_MS = 1000;
const LAST_WORDS_MS = 2000;

/** The end of a session: asks the server for it until that answers, and waits for the last words. */
export class Ending {
  #on;
  #hasBegun = false;
  // Whether it has connected anew because Stop got no answer.
  #hasAskedAgain = false;
  // How it ended on the server, while the last of the finals that it has saved, `seq`, is still to come.
  /** @type {{reason: string, seq: number} | null} */
  #last = null;
  /** @type {number | undefined} */
  #lingering;
  /** @type {number | undefined} */
  #waiting;
  /** @type {number | undefined} */
  #again;

  /** @param {EndingEvents} on */
  constructor(on) {
    this.#on = on;
  }

  /** Whether it is to end. */
  get hasBegun() {
    return this.#hasBegun;
  }

  begin() {
    this.#hasBegun = true;
    this.#lingering = setTimeout(this.#on.silence, LINGER_MS);
  }

  /** Asks a server that can be reached. */
  ask() {
    this.rest();
    this.#waiting = setTimeout(() => this.#missAnswer(), FLUSH_MS);
    this.#on.ask();
  }

  /** Asks again, of a server that may have lost the question with its worker. */
  askAgain() {
    clearTimeout(this.#again);
    this.#again = setTimeout(this.#on.ask, AGAIN_MS);
  }

  /** Waits for no answer: the server cannot be reached. */
  rest() {
    clearTimeout(this.#waiting);
  }

  /**
   * It has ended on the server, which has saved finals up to `seq`.
   * @param {number} seq
   */
  complete(seq) {
    const reason = this.#last?.reason ?? (this.#hasBegun ? "stopped" : "gone");
    this.#last = { reason, seq };
    this.#hasBegun = true;
    if (this.look()) return;
    this.rest();
    this.#waiting = setTimeout(() => this.#on.ended(reason), LAST_WORDS_MS);
    this.#on.sync();
  }

  /** Ends it if it waits only for finals that have come; returns whether it does. */
  look() {
    if (this.#last === null || this.#on.lastSeq() < this.#last.seq) return false;
    this.#on.ended(this.#last.reason);
    return true;
  }

  close() {
    for (const timer of [this.#lingering, this.#waiting, this.#again]) clearTimeout(timer);
  }

  /** Asks once more over a new socket, which hears the true state first, before it gives up. */
  #missAnswer() {
    if (this.#hasAskedAgain) return this.#on.ended("unconfirmed");
    this.#hasAskedAgain = true;
    this.#on.reconnect();
  }
}
