import { Places } from "app/dictation/tape/places";

/**
 * @typedef {object} Packet - 20 ms of sound.
 * @property {Uint8Array<ArrayBuffer>} payload
 * @property {number} at - When it begins, in milliseconds of the session.
 */

export const PACKET_MS = 20;
const BITS = 32_000;

/**
 * @param {number} rate
 * @param {number} channels
 */
function configOf(rate, channels) {
  // The lengths of packets are younger than the rest, and 20 ms is what they are without.
  return { codec: "opus", sampleRate: rate, numberOfChannels: channels, bitrate: BITS * channels };
}

/** Encodes samples as Opus packets, each with its place on the session's clock. */
export class OpusEncoder {
  #encoder;
  #rate;
  #channels;
  #places;
  #packets = 0;

  /**
   * @param {number} rate - Samples a second.
   * @param {(packet: Packet) => void} encoded
   * @param {() => void} failed - Nothing more comes.
   * @param {number} [channels]
   */
  constructor(rate, encoded, failed, channels = 1) {
    this.#rate = rate;
    this.#channels = channels;
    this.#places = new Places(rate);
    this.#encoder = new AudioEncoder({
      output: (chunk) => {
        const payload = new Uint8Array(chunk.byteLength);
        chunk.copyTo(payload);
        encoded({ payload, at: this.#places.of(this.#packets * PACKET_MS) });
        this.#packets += 1;
      },
      error: failed,
    });
    this.#encoder.configure(configOf(rate, channels));
  }

  /**
   * @param {number} rate
   * @param {number} [channels]
   */
  static async isSupported(rate, channels = 1) {
    if (typeof AudioEncoder === "undefined") return false;
    const { supported } = await AudioEncoder.isConfigSupported(configOf(rate, channels));
    return supported === true;
  }

  /**
   * @param {Float32Array<ArrayBuffer>} samples - The channels one behind the other.
   * @param {number} at - When they begin, in milliseconds of the session.
   */
  write(samples, at) {
    if (this.#encoder.state !== "configured") return;
    const timestamp = Math.round((this.#places.written / this.#rate) * 1e6);
    const frames = samples.length / this.#channels;
    const data = new AudioData({
      format: "f32-planar",
      sampleRate: this.#rate,
      numberOfFrames: frames,
      numberOfChannels: this.#channels,
      timestamp,
      data: samples,
    });
    this.#encoder.encode(data);
    data.close();
    this.#places.add(frames, at);
  }

  /** Encodes what was written to its end. */
  async flush() {
    if (this.#encoder.state === "configured") await this.#encoder.flush().catch(() => {});
  }

  close() {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }
}
