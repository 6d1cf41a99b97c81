import { PACKET_MS } from "app/dictation/tape/opus";
import { Places } from "app/dictation/tape/places";
import { Resampler } from "app/dictation/tape/resampler";
import { RATE } from "app/dictation/tape/wav";

/** @import { Packet } from "app/dictation/tape/opus" */

const SAMPLES = (RATE * PACKET_MS) / 1000;

/** For browsers that cannot encode Opus: takes what OpusEncoder does, and makes packets of 16-bit samples. */
export class PcmEncoder {
  #places;
  #resampler;
  #encoded;
  #packet = new Int16Array(SAMPLES);
  #filled = 0;
  #packets = 0;

  /**
   * @param {number} rate - Samples a second.
   * @param {(packet: Packet) => void} encoded
   */
  constructor(rate, encoded) {
    this.#places = new Places(rate);
    this.#resampler = new Resampler(rate, RATE);
    this.#encoded = encoded;
  }

  /**
   * @param {Float32Array} samples
   * @param {number} at - When they begin, in milliseconds of the session.
   */
  write(samples, at) {
    this.#places.add(samples.length, at);
    this.#take(this.#resampler.write(samples));
  }

  /** Writes the rest, with silence behind it. */
  async flush() {
    if (this.#places.written === 0) return;
    this.#take(this.#resampler.end());
    if (this.#filled > 0) this.#take(new Float32Array(SAMPLES - this.#filled));
  }

  close() {}

  /** @param {Float32Array} samples */
  #take(samples) {
    for (const sample of samples) {
      this.#packet[this.#filled] = Math.round(Math.max(-1, Math.min(1, sample)) * 0x7fff);
      this.#filled += 1;
      if (this.#filled === SAMPLES) this.#pass();
    }
  }

  #pass() {
    const payload = new Uint8Array(this.#packet.buffer);
    this.#packet = new Int16Array(SAMPLES);
    this.#filled = 0;
    this.#encoded({ payload, at: this.#places.of(this.#packets * PACKET_MS) });
    this.#packets += 1;
  }
}
