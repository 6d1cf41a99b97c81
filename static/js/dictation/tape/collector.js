// Runs in the thread of the sound: passes on the samples of the microphone, a tenth of a second at a time.

class Collector extends AudioWorkletProcessor {
  #block = new Float32Array(Math.round(sampleRate / 10));
  #filled = 0;

  /** @param {Float32Array[][]} inputs */
  process([[samples]]) {
    let taken = 0;
    // Without an input there is no channel.
    while (samples && taken < samples.length) {
      const part = samples.subarray(taken, taken + this.#block.length - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      if (this.#filled === this.#block.length) this.#pass();
    }
    return true;
  }

  #pass() {
    this.port.postMessage(this.#block, [this.#block.buffer]);
    this.#block = new Float32Array(Math.round(sampleRate / 10));
    this.#filled = 0;
  }
}

registerProcessor("collector", Collector);
