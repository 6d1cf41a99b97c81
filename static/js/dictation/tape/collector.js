// Runs in the thread of the sound: passes on the samples of a sound, one block at a time, its channels one behind the
// other.

class Collector extends AudioWorkletProcessor {
  #channels;
  #length;
  #block;
  #filled = 0;

  /** @param {{processorOptions: {channels: number, blockMs: number}}} options */
  constructor({ processorOptions: { channels, blockMs } }) {
    super();
    this.#channels = channels;
    this.#length = Math.round((sampleRate * blockMs) / 1000);
    this.#block = new Float32Array(channels * this.#length);
  }

  /** @param {Float32Array[][]} inputs */
  process([input]) {
    // Without a source there is no channel, and silence goes on.
    const length = input[0]?.length ?? 128;
    let taken = 0;
    while (taken < length) {
      const count = Math.min(length - taken, this.#length - this.#filled);
      for (let channel = 0; channel < this.#channels; channel += 1) {
        const samples = input[channel]?.subarray(taken, taken + count);
        if (samples) this.#block.set(samples, channel * this.#length + this.#filled);
      }
      this.#filled += count;
      taken += count;
      if (this.#filled === this.#length) this.#pass();
    }
    return true;
  }

  #pass() {
    // The page may be busy when it gets it. Nothing else tells the time here.
    this.port.postMessage({ samples: this.#block, at: Date.now() }, [this.#block.buffer]);
    this.#block = new Float32Array(this.#channels * this.#length);
    this.#filled = 0;
  }
}

registerProcessor("collector", Collector);
