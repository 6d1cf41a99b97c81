/**
 * @typedef {object} TapOptions
 * @property {number} channels
 * @property {number} blockMs - How much it takes at a time.
 *
 * @typedef {(samples: Float32Array<ArrayBuffer>, endedAt: number) => void} Taken - Called with the next samples, and when
 *   the last of them came, of `performance.now()`.
 */

/**
 * Takes the sound of a microphone as samples, the channels of a block one behind the other; without a source there is
 * silence.
 */
export class MicrophoneTap {
  #context;
  #node;
  #source;

  /**
   * @param {AudioContext} context - Closed by `close()`; it knows the collector.
   * @param {MediaStream} stream
   * @param {Taken} taken
   * @param {TapOptions} options
   */
  constructor(context, stream, taken, options) {
    this.#context = context;
    this.#node = new AudioWorkletNode(context, "collector", {
      numberOfOutputs: 1,
      channelCount: options.channels,
      channelCountMode: "explicit",
      processorOptions: options,
    });
    this.#node.port.onmessage = ({ data: { samples, at } }) => {
      taken(samples, performance.now() - Math.max(0, Date.now() - at));
    };
    // Nothing is played there; only what leads somewhere runs.
    this.#node.connect(new MediaStreamAudioDestinationNode(context));
    this.#source = this.#connect(stream);
    context.resume().catch(() => {});
  }

  /**
   * Rejects where the browser cannot do it.
   * @param {MediaStream} stream
   * @param {Taken} taken
   * @param {TapOptions} options
   */
  static async open(stream, taken, options) {
    const context = new AudioContext();
    try {
      await context.audioWorklet.addModule(import.meta.resolve("app/dictation/tape/collector"));
      return new MicrophoneTap(context, stream, taken, options);
    } catch (error) {
      context.close();
      throw error;
    }
  }

  get rate() {
    return this.#context.sampleRate;
  }

  /**
   * Takes another sound from now on.
   * @param {MediaStream} stream
   */
  replaceStream(stream) {
    this.#source.disconnect();
    this.#source = this.#connect(stream);
  }

  close() {
    this.#node.port.onmessage = null;
    this.#source.disconnect();
    this.#context.close();
  }

  /** @param {MediaStream} stream */
  #connect(stream) {
    const source = new MediaStreamAudioSourceNode(this.#context, { mediaStream: stream });
    source.connect(this.#node);
    return source;
  }
}
