// How far the filter reaches on each side, in samples of the lower rate, and how much of its band it lets through.
const REACH = 16;
const PASSED = 0.9;

/** Changes the rate of samples that come piece by piece, without what the lower one could not hold (a windowed sinc). */
export class Resampler {
  #from;
  #to;
  #reach;
  // The samples that are still needed; the first of them is the one of this number.
  #samples = new Float32Array(0);
  #first = 0;
  #next = 0;
  // By where an output lies between two samples: their weights.
  /** @type {Map<number, Float32Array>} */
  #weights = new Map();

  /**
   * @param {number} from - Samples a second, a whole number.
   * @param {number} to
   */
  constructor(from, to) {
    this.#from = from;
    this.#to = to;
    this.#reach = Math.ceil(REACH * Math.max(1, from / to));
  }

  /** @param {Float32Array} samples */
  write(samples) {
    const all = new Float32Array(this.#samples.length + samples.length);
    all.set(this.#samples);
    all.set(samples, this.#samples.length);
    const written = [];
    for (;;) {
      const position = this.#next * this.#from;
      const nearest = Math.floor(position / this.#to);
      if (nearest + this.#reach >= this.#first + all.length) break;
      written.push(this.#read(all, nearest, position % this.#to));
      this.#next += 1;
    }
    const needed = Math.floor((this.#next * this.#from) / this.#to) - this.#reach;
    const old = Math.min(all.length, Math.max(0, needed - this.#first));
    this.#samples = all.slice(old);
    this.#first += old;
    return Float32Array.from(written);
  }

  /** What is left, as if silence followed. */
  end() {
    return this.write(new Float32Array(this.#reach));
  }

  /**
   * @param {Float32Array} samples - From number `#first` on.
   * @param {number} nearest - The number of the sample at or before the output.
   * @param {number} part - How far behind it that is, in parts of a sample of the other rate.
   */
  #read(samples, nearest, part) {
    const weights = this.#weightsOf(part);
    const from = nearest - this.#reach + 1 - this.#first;
    let sum = 0;
    for (let index = Math.max(0, -from); index < weights.length; index += 1)
      sum += weights[index] * samples[from + index];
    return sum;
  }

  /** @param {number} part */
  #weightsOf(part) {
    let weights = this.#weights.get(part);
    if (weights === undefined) {
      const band = PASSED * Math.min(1, this.#to / this.#from);
      weights = Float32Array.from({ length: 2 * this.#reach }, (_, index) => {
        const distance = index - this.#reach + 1 - part / this.#to;
        return band * sinc(band * distance) * hann(distance / this.#reach);
      });
      this.#weights.set(part, weights);
    }
    return weights;
  }
}

/** @param {number} x */
function sinc(x) {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** @param {number} x - From -1 to 1. */
function hann(x) {
  return 0.5 + 0.5 * Math.cos(Math.PI * Math.max(-1, Math.min(1, x)));
}
