/** Where samples are on the session's clock: it may stand still, or jump, between two of those that follow each other. */
export class Places {
  #rate;
  #written = 0;
  /** @type {{sample: number, at: number}[]} */
  #marks = [];

  /** @param {number} rate - Samples a second. */
  constructor(rate) {
    this.#rate = rate;
  }

  /** How many samples there were. */
  get written() {
    return this.#written;
  }

  /**
   * So many more follow.
   * @param {number} count
   * @param {number} at - When they begin, in milliseconds of the session.
   */
  add(count, at) {
    this.#marks.push({ sample: this.#written, at });
    this.#written += count;
  }

  /**
   * When the sample begins that lies so far behind the first, in milliseconds of the session; to be asked in order.
   * @param {number} milliseconds - Of samples.
   */
  of(milliseconds) {
    const sample = (milliseconds * this.#rate) / 1000;
    while (this.#marks.length > 1 && this.#marks[1].sample <= sample) this.#marks.shift();
    const [mark] = this.#marks;
    return mark.at + ((sample - mark.sample) / this.#rate) * 1000;
  }
}
