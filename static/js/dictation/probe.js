import { HEARD_DB, Level } from "app/dictation/level";

/** @import { Input } from "app/dictation/microphone" */

const SILENT_MS = 4000;
const GIVE_UP_MS = 20000;
const READ_MS = 40;

/**
 * @typedef {object} ProbeEvents
 * @property {() => void} heard - A level above that of a silent device: the microphone works, even if nobody speaks.
 * @property {() => void} silent - Called once, after four seconds of silence.
 * @property {() => void} gaveUp - After twenty seconds of silence.
 */

/** Listens to an open microphone before a dictation. The caller closes it after `heard` or `gaveUp`. */
export class Probe {
  #input;
  #level;
  #on;
  #timer;
  #began = performance.now();
  #isSilent = false;

  /**
   * @param {Input} input - Closed by the probe's `close()`.
   * @param {ProbeEvents} on
   */
  constructor(input, on) {
    this.#input = input;
    this.#level = new Level(input.stream);
    this.#on = on;
    this.#timer = setInterval(() => this.#readLevel(), READ_MS);
  }

  read() {
    return this.#level.read();
  }

  close() {
    clearInterval(this.#timer);
    this.#level.close();
    this.#input.close();
  }

  #readLevel() {
    const waited = performance.now() - this.#began;
    if (this.#level.read() > HEARD_DB) return this.#on.heard();
    if (waited > GIVE_UP_MS) return this.#on.gaveUp();
    if (waited < SILENT_MS || this.#isSilent || !this.#level.isRunning) return;
    this.#isSilent = true;
    this.#on.silent();
  }
}
