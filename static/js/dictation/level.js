/** Decibels of full scale. The noise of a room on a working microphone is always louder than this. */
export const HEARD_DB = -55;
const SILENCE_DB = -100;

/** Measures how loud a stream is. Reads silence while the browser blocks sound processing until a user gesture. */
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

  /** Whether `read` measures the microphone, rather than returning silence because the browser blocks it. */
  get isRunning() {
    return this.#context.state === "running";
  }

  /**
   * Measures another stream from now on.
   * @param {MediaStream} stream
   */
  replaceStream(stream) {
    this.#source.disconnect();
    this.#source = this.#connect(stream);
  }

  /** The level over the last 43 ms, in decibels of full scale. */
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
