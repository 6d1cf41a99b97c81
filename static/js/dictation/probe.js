import { Level } from "app/dictation/level";

// A room with a working microphone is never as quiet as this.
export const HEARD_DB = -55;
const SILENT_MS = 4000;
const GIVE_UP_MS = 20000;
const LOOK_MS = 40;

/** Listens to an open microphone before a dictation: `heard()`, or `silent()` after four seconds of nothing. */
export class Probe {
  #input;
  #level;
  #timer;
  #began = performance.now();
  #isSilent = false;

  constructor(input, { heard, silent, over }) {
    this.#input = input;
    this.#level = new Level(input.stream);
    this.#timer = setInterval(() => this.#look(heard, silent, over), LOOK_MS);
  }

  get label() {
    return this.#input.label;
  }

  read() {
    return this.#level.read();
  }

  close() {
    clearInterval(this.#timer);
    this.#level.close();
    this.#input.close();
  }

  #look(heard, silent, over) {
    const waited = performance.now() - this.#began;
    if (this.#level.read() > HEARD_DB) return heard();
    if (waited > GIVE_UP_MS) return over();
    if (waited < SILENT_MS || this.#isSilent || !this.#level.isRunning) return;
    this.#isSilent = true;
    silent();
  }
}
