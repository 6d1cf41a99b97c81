/** Takes the sound of a microphone as samples of one channel, a tenth of a second at a time. */
export class MicrophoneTap {
  #context;
  #node;
  #source;

  /**
   * @param {AudioContext} context - Closed by `close()`; it knows the collector.
   * @param {MediaStream} stream
   * @param {(samples: Float32Array<ArrayBuffer>) => void} taken
   */
  constructor(context, stream, taken) {
    this.#context = context;
    this.#node = new AudioWorkletNode(context, "collector", {
      numberOfOutputs: 1,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    this.#node.port.onmessage = ({ data }) => taken(data);
    // Nothing is played there; only what leads somewhere runs.
    this.#node.connect(new MediaStreamAudioDestinationNode(context));
    this.#source = this.#connect(stream);
    context.resume().catch(() => {});
  }

  /**
   * Rejects where the browser cannot do it.
   * @param {MediaStream} stream
   * @param {(samples: Float32Array<ArrayBuffer>) => void} taken
   */
  static async open(stream, taken) {
    const context = new AudioContext();
    try {
      await context.audioWorklet.addModule(import.meta.resolve("app/dictation/tape/collector"));
      return new MicrophoneTap(context, stream, taken);
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
