/** Waiting times between attempts in milliseconds: doubled each time up to `most`; half of each is random. */
export class Backoff {
  #first;
  #most;
  #random;
  #tries = 0;

  constructor({ first = 500, most = 8000, random = Math.random } = {}) {
    this.#first = first;
    this.#most = most;
    this.#random = random;
  }

  next() {
    const full = Math.min(this.#most, this.#first * 2 ** this.#tries);
    this.#tries += 1;
    return full / 2 + (full / 2) * this.#random();
  }

  reset() {
    this.#tries = 0;
  }
}
