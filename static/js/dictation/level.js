/** In decibels: a room with a working microphone is never as quiet as this. */
export const HEARD_DB = -55;
const SILENCE_DB = -100;

/** How loud a stream is. Where the browser holds sound processing back until a gesture, it reads silence till then. */
export class Level {
  #context = new AudioContext({ latencyHint: "balanced" });
  #source;
  #analyser;
  #samples;
  #gestures = new AbortController();

  /** @param {MediaStream} stream */
  constructor(stream) {
    this.#analyser = new AnalyserNode(this.#context, { fftSize: 2048 });
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#source = this.#connect(stream);
    const { signal } = this.#gestures;
    for (const kind of ["pointerdown", "keydown"]) {
      window.addEventListener(kind, () => this.#resume(), { signal, passive: true });
    }
    this.#resume();
  }

  /** Whether `read` tells of the microphone at all. */
  get isRunning() {
    return this.#context.state === "running";
  }

  /**
   * Goes on with another stream.
   * @param {MediaStream} stream
   */
  replaceStream(stream) {
    this.#source.disconnect();
    this.#source = this.#connect(stream);
  }

  /** Decibels of full scale over the last 43 ms. */
  read() {
    if (!this.isRunning) return SILENCE_DB;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.max(SILENCE_DB, 10 * Math.log10(sum / this.#samples.length + 1e-10));
  }

  close() {
    this.#gestures.abort();
    this.#source.disconnect();
    this.#context.close();
  }

  /** @param {MediaStream} stream */
  #connect(stream) {
    const source = this.#context.createMediaStreamSource(stream);
    source.connect(this.#analyser);
    return source;
  }

  #resume() {
    if (this.#context.state === "suspended") this.#context.resume().catch(() => {});
  }
}
