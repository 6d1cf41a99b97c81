/**
 * @typedef {object} Packet - 20 ms of sound.
 * @property {Uint8Array} payload
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
  #written = 0;
  #packets = 0;
  // The place on the clock of samples, by how many were written before.
  /** @type {{sample: number, at: number}[]} */
  #marks = [];

  /**
   * @param {number} rate - Samples a second.
   * @param {(packet: Packet) => void} encoded
   * @param {() => void} failed - Nothing more comes.
   * @param {number} [channels]
   */
  constructor(rate, encoded, failed, channels = 1) {
    this.#rate = rate;
    this.#channels = channels;
    this.#encoder = new AudioEncoder({
      output: (chunk) => {
        const payload = new Uint8Array(chunk.byteLength);
        chunk.copyTo(payload);
        encoded({ payload, at: this.#place() });
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
    this.#marks.push({ sample: this.#written, at });
    const timestamp = Math.round((this.#written / this.#rate) * 1e6);
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
    this.#written += frames;
  }

  /** Encodes what was written to its end. */
  async flush() {
    if (this.#encoder.state === "configured") await this.#encoder.flush().catch(() => {});
  }

  close() {
    if (this.#encoder.state !== "closed") this.#encoder.close();
  }

  #place() {
    const sample = (this.#packets * PACKET_MS * this.#rate) / 1000;
    this.#packets += 1;
    while (this.#marks.length > 1 && this.#marks[1].sample <= sample) this.#marks.shift();
    const [mark] = this.#marks;
    return mark.at + ((sample - mark.sample) / this.#rate) * 1000;
  }
}
