import { enter } from "app/dictation/tape/begun";
import { post } from "app/shared/requests";

/** @import { TapeAddresses } from "app/dictation/tape/addresses" */
/** @import { About } from "app/dictation/tape/begun" */
/** @import { Tape } from "app/dictation/tape/tape" */
/** @import { SessionData } from "app/dictation/tab-session" */

/** What a dictation that goes on without the server is to it: one of which it does not know. */
export class BegunHere {
  /** From where on its clock the server has heard nothing. */
  since = 0;
  #id;
  #tape;
  #addresses;
  #beganAt = Date.now();

  /**
   * @param {string} id - Which it gets there, too.
   * @param {Tape} tape
   * @param {TapeAddresses} addresses
   */
  constructor(id, tape, addresses) {
    this.#id = id;
    this.#tape = tape;
    this.#addresses = addresses;
  }

  /**
   * Notes on the device what is to be made of it on the server.
   * @param {About} about
   * @param {number} [ended_at] - Milliseconds since 1970; missing while it goes on.
   */
  note(about, ended_at) {
    return this.#tape.noteBegun({ began_at: this.#beganAt, ...(ended_at && { ended_at }) }, about);
  }

  /**
   * Makes a session of it. Throws RequestError.
   * @param {number} clockMs
   * @param {boolean} isPaused
   * @param {About} about
   * @returns {Promise<SessionData>}
   */
  async enter(clockMs, isPaused, about) {
    const id = this.#id;
    await enter(this.#addresses, { id, began_at: this.#beganAt, clockMs, isPaused }, about);
    await this.#tape.noteEntered();
    return { id, state: isPaused ? "paused" : "live" };
  }
}

/** One of which it has a session, which has ended there although its speaker has not ended it. */
export class KnownThere {
  #session;
  #url;

  /**
   * @param {SessionData} session
   * @param {number} since - As in BegunHere.
   * @param {string} url - Where it is opened again.
   */
  constructor(session, since, url) {
    this.#session = session;
    this.since = since;
    this.#url = url;
  }

  async note() {}

  /**
   * Opens it again. Throws RequestError.
   * @param {number} clockMs
   * @param {boolean} [isPaused]
   */
  async enter(clockMs, isPaused = false) {
    await post(this.#url, { clock_ms: Math.round(clockMs) });
    this.#session.state = isPaused ? "paused" : "new";
    return this.#session;
  }
}
